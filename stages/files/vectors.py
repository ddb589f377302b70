"""``models/sgns``: word vectors, a folder for each R and K, text and objective.

A folder holds the models of one R and K: the first in the folder itself, model i in ``model-i``.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stages.console import StageError
from stages.files.arrays import FloatArray, read_tensors, write_tensors
from stages.files.atomic import damaged, read_lines, require, sealed_names
from stages.files.sealed import file_sha256
from stages.files.tokens import Vocabulary, read_vocabulary

if TYPE_CHECKING:
    from stages.files.tables import Table

SGNS = Path("models/sgns")
SGNS_MAIN = SGNS / "main"
SGNS_GRID = SGNS / "grid"
SGNS_VARIANT = SGNS / "variant"

VECTORS = "vectors.safetensors"
MODEL = "model"  # which of the models of one R and K
EPOCH = "epoch"
HISTORY = "history.csv"
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
    path = folder / VECTORS
    write_tensors(path, vectors.about, {"centre": vectors.centre, "context": vectors.context})
    return file_sha256(path)


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
        found = Sampling(
            about["corpus"],
            int(about["R"]),
            int(about["K"]),
            float(about["subsample"]),
            float(about["noise_power"]),
            about["dynamic_radius"] == "True",
        )
    except (KeyError, ValueError):
        raise damaged(folder / VECTORS, maker_of_vectors(folder)) from None
    numbers = (found.R, found.K, found.subsample, found.noise_power)
    # The corpus names a folder, and is to lead nowhere else.
    if min(found.R, found.K) < 1 or not all(0 <= n < 2**31 for n in numbers):
        raise damaged(folder / VECTORS, maker_of_vectors(folder))
    if not re.fullmatch(r"[\w-]+", found.corpus):
        raise damaged(folder / VECTORS, maker_of_vectors(folder))
    return found


def read_history(folder: Path, made_by: str) -> "Table":
    """Read ``history.csv``, a line an epoch; raises StageError if it is missing or damaged."""
    from stages.files.tables import read_table  # only the report reads tables

    return read_table(folder / HISTORY, made_by, HISTORY_COLUMNS, counts={EPOCH})


def last_train_loss(folder: Path) -> float:
    """Return the training loss of a model's last epoch, by its ``history.csv``."""
    path = folder / HISTORY
    made_by = maker_of_vectors(folder)
    header, *rows = read_lines(path, made_by) or [""]
    try:
        last = dict(zip(HISTORY_COLUMNS, rows[-1].split(","), strict=True))
        loss = float(last[TRAIN_LOSS])
    except (IndexError, ValueError):
        raise damaged(path, made_by) from None
    if header != ",".join(HISTORY_COLUMNS) or math.isinf(loss):
        raise damaged(path, made_by)
    return loss


def maker_of_vectors(folder: Path) -> str | None:
    """Return the stage that makes this folder of vectors; None if it is of the user's own.

    Raises:
        StageError: there is no such folder, and no stage makes it.
    """
    around = (folder, *folder.parents)
    makers = {SGNS_MAIN: "sgns", SGNS_GRID: "sgns-grid", SGNS_VARIANT: "sgns-variant"}
    for made, stage in makers.items():
        if made in around:
            return stage
    if folder.is_dir():
        return None
    raise StageError(f"{folder} is no folder; vectors are in {SGNS_MAIN}, {SGNS_GRID}/R5-K1, ...")


def model_folder(folder: Path, model: int) -> Path:
    """Return the folder of one of the models of an (R, K): the first has the folder itself."""
    return folder / f"model-{model}" if model else folder


def model_folders(folder: Path) -> list[Path]:
    """Return the folders of all models of an (R, K), in order; raises StageError without any.

    Also if there are others than those that were written.
    """
    find_vectors(folder)
    made_by = maker_of_vectors(folder)
    folders = [model_folder(folder, i) for i in range(1 + len(list(folder.glob("model-*"))))]
    written = {name for name in sealed_names(folder, made_by) if Path(name).name == VECTORS}
    found = {(path / VECTORS).relative_to(folder).as_posix() for path in folders}
    if written and written != found:
        raise StageError(
            f"{folder} has not the models that were written into it; "
            + (f"make it again with: dvc repro {made_by}" if made_by else "bring all of them.")
        )
    return folders


def find_vectors(folder: Path) -> Path:
    """Return the file with a folder's vectors; raises StageError if it is missing."""
    return require(folder / VECTORS, maker_of_vectors(folder))


def read_vectors(folder: Path) -> WordVectors:
    """Read ``vectors.safetensors``, whose rows are the words of the vocabulary beside it.

    Raises:
        StageError: it is missing, damaged or of other words, or holds numbers that are not finite.
    """
    made_by = maker_of_vectors(folder)
    path = find_vectors(folder)
    about, tensors = read_tensors(path, made_by)
    words = read_vocabulary(folder, made_by)
    if set(tensors) != {"centre", "context"} or not all(isinstance(v, str) for v in about.values()):
        raise damaged(path, made_by)
    found = WordVectors(tensors["centre"], tensors["context"], about)
    shape = found.centre.shape
    if len(shape) != 2 or shape != found.context.shape or not shape[1]:
        raise damaged(path, made_by)
    require_words(folder, found, words)
    if not np.isfinite(found.centre).all() or not np.isfinite(found.context).all():
        raise StageError(f"{path} has numbers that are not finite: lower sgns.lr, if SGNS made it.")
    return found


def require_words(folder: Path, vectors: WordVectors, vocabulary: Vocabulary) -> None:
    """Raise StageError unless a folder's vectors are of just these words."""
    digest = vocabulary.words_sha256()
    same = vectors.about.get("words_sha256", digest) == digest  # a user's own may not have it
    if not same or len(vectors.centre) != len(vocabulary):
        made_by = maker_of_vectors(folder)
        mend = f"make it again with: dvc repro {made_by}" if made_by else "bring those that belong."
        raise StageError(f"{folder / VECTORS} has vectors of other words than its text; {mend}")
