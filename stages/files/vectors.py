"""``models/sgns``: word vectors, a folder for each R and K, text and objective.

A folder holds the models of one R and K: the first in the folder itself, model i in ``model-i``.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stages.console import StageError
from stages.files.arrays import FloatArray
from stages.files.atomic import damaged, read_lines, require

SGNS = Path("models/sgns")
SGNS_MAIN = SGNS / "main"
SGNS_GRID = SGNS / "grid"
SGNS_VARIANT = SGNS / "variant"

MODEL = "model"  # which of the models of one R and K
EPOCH = "epoch"
TRAIN_LOSS = "train_loss"
VALIDATION_LOSS = "validation_loss"
HISTORY_COLUMNS = (
    EPOCH,
    TRAIN_LOSS,
    "train_positive",
    "train_negative",
    "train_pairs",
    VALIDATION_LOSS,
    "validation_positive",
    "validation_negative",
    "validation_pairs",
)


@dataclass(frozen=True)
class WordVectors:
    """What SGNS learned: centre (V, d) and context (V, d) vectors, and how they were made."""

    centre: FloatArray
    context: FloatArray
    about: dict[str, str]


def write_vectors(folder: Path, vectors: WordVectors) -> str:
    """Write ``vectors.safetensors`` into a new folder; return the SHA-256 of the file."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {"centre": vectors.centre, "context": vectors.context}
    path = folder / "vectors.safetensors"
    # One key, because safetensors writes several in an order that changes from run to run.
    about = {"about": json.dumps(vectors.about, sort_keys=True)}
    save_file({key: np.ascontiguousarray(t) for key, t in tensors.items()}, path, metadata=about)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Sampling:
    """How the pairs that vectors were learned from were drawn: parameters of ``sgns``."""

    corpus: str
    R: int
    K: int
    subsample: float
    noise_power: float
    dynamic_radius: bool


def sampling_of(folder: Path, vectors: WordVectors) -> Sampling:
    """Return what a folder's vectors say of their making; raises StageError if they do not."""
    about = vectors.about
    try:
        return Sampling(
            about["corpus"],
            int(about["R"]),
            int(about["K"]),
            float(about["subsample"]),
            float(about["noise_power"]),
            about["dynamic_radius"] == "True",
        )
    except (KeyError, ValueError):
        raise damaged(folder / "vectors.safetensors", maker_of_vectors(folder)) from None


def last_train_loss(folder: Path) -> float:
    """Return the training loss of a model's last epoch, by its ``history.csv``."""
    path = folder / "history.csv"
    made_by = maker_of_vectors(folder)
    try:
        last = dict(zip(HISTORY_COLUMNS, read_lines(path, made_by)[-1].split(","), strict=True))
        return float(last["train_loss"])
    except (IndexError, ValueError):
        raise damaged(path, made_by) from None


def maker_of_vectors(folder: Path) -> str:
    """Return the stage that makes this folder of vectors; raises StageError if none does."""
    around = (folder, *folder.parents)
    makers = {SGNS_MAIN: "sgns", SGNS_GRID: "sgns-grid", SGNS_VARIANT: "sgns-variant"}
    for made, stage in makers.items():
        if made in around:
            return stage
    if folder.is_dir():  # of the user's own
        return "sgns"
    raise StageError(f"{folder} is no folder; vectors are in {SGNS_MAIN}, {SGNS_GRID}/R5-K1, ...")


def model_folder(folder: Path, model: int) -> Path:
    """Return the folder of one of the models of an (R, K): the first has the folder itself."""
    return folder / f"model-{model}" if model else folder


def model_folders(folder: Path) -> list[Path]:
    """Return the folders of all models of an (R, K), in order; raises StageError without any."""
    find_vectors(folder)
    return [model_folder(folder, i) for i in range(1 + len(list(folder.glob("model-*"))))]


def find_vectors(folder: Path) -> Path:
    """Return the file with a folder's vectors; raises StageError if it is missing."""
    return require(folder / "vectors.safetensors", maker_of_vectors(folder))


def read_vectors(folder: Path) -> WordVectors:
    """Read ``vectors.safetensors``; raises StageError if missing or damaged."""
    from safetensors import SafetensorError, safe_open

    path = find_vectors(folder)
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["about"])
            return WordVectors(file.get_tensor("centre"), file.get_tensor("context"), about)
    except (SafetensorError, KeyError, ValueError):
        raise damaged(path, maker_of_vectors(folder)) from None
