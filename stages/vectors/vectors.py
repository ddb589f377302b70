"""``models/sgns``: word vectors, a folder for each R and K, text and objective.

A folder holds the models of one R and K: the first in the folder itself, model i in ``model-i``.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stages.core.arrays import FloatArray, read_tensors, write_tensors
from stages.core.atomic import read_lines, reading, require, sealed_names
from stages.core.console import StageError
from stages.core.made import damaged, remedy, stage_of, unfit
from stages.core.sealed import file_sha256
from stages.vectors.tokens import Vocabulary, read_vocabulary

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
    about, path = vectors.about, folder / VECTORS
    with reading(path, sealed=False):
        found = Sampling(
            about["corpus"],
            int(about["R"]),
            int(about["K"]),
            float(about["subsample"]),
            float(about["noise_power"]),
            about["dynamic_radius"] == "True",
        )
        numbers = (found.R, found.K, found.subsample, found.noise_power)
        possible = min(found.R, found.K) >= 1 and all(0 <= number < 2**31 for number in numbers)
        # The corpus names a folder, and is to lead nowhere else.
        if not possible or not re.fullmatch(r"[\w-]+", found.corpus):
            raise damaged(path)
    return found


def last_loss(folder: Path, column: str) -> float:
    """Return a loss of a model's last epoch, by its ``history.csv``."""
    *_, last = csv.DictReader(read_lines(folder / HISTORY))
    return float(last[column])


def model_folder(folder: Path, model: int) -> Path:
    """Return the folder of one of the models of an (R, K): the first has the folder itself."""
    return folder / f"model-{model}" if model else folder


def model_folders(folder: Path) -> list[Path]:
    """Return the folders of all models of an (R, K), in order; raises StageError without any.

    Also if there are others than those that were written.
    """
    find_vectors(folder)
    folders = [model_folder(folder, i) for i in range(1 + len(list(folder.glob("model-*"))))]
    written = {name for name in sealed_names(folder) if Path(name).name == VECTORS}
    found = {(path / VECTORS).relative_to(folder).as_posix() for path in folders}
    if written and written != found:
        mend = remedy(folder, "make it again", "bring all of them.")
        raise StageError(f"{folder} lacks models that were written into it; {mend}")
    return folders


def find_vectors(folder: Path) -> Path:
    """Return the file with a folder's vectors; raises StageError if it is missing."""
    if stage_of(folder) is None and not folder.is_dir():
        known = f"{SGNS_MAIN}, {SGNS_GRID}/R5-K1, ..."
        raise StageError(f"{folder} is not a folder; vectors are in {known}")
    return require(folder / VECTORS)


def read_vectors(folder: Path) -> WordVectors:
    """Read ``vectors.safetensors``, whose rows are the words of the vocabulary beside it.

    Raises:
        StageError: it is missing or damaged; or the user's own does not fit, see ``_accepted``.
    """
    path = find_vectors(folder)
    about, tensors = read_tensors(path)
    if stage_of(path) is None:
        tensors = _accepted(path, about, tensors)
    return WordVectors(tensors["centre"], tensors["context"], about)


def _accepted(
    path: Path, about: dict[str, Any], tensors: dict[str, FloatArray]
) -> dict[str, FloatArray]:
    """Return a user's vectors in single precision.

    Raises:
        StageError: they are not finite, or not of the words beside them.
    """
    if set(tensors) != {"centre", "context"}:
        names = ", ".join(sorted(tensors)[:5]) or "none"
        wrong = "must have the tensors centre and context (the same twice, if there is one alone)"
        raise unfit(str(path), f"{wrong}, not: {names}")
    if not all(isinstance(value, str) for value in about.values()):
        raise unfit(str(path), "must say nothing but texts of itself, in its metadata key about")
    for name, tensor in tensors.items():
        if tensor.dtype.kind != "f":
            raise unfit(str(path), f"has {name} in {tensor.dtype}, but must have it in float32")
    with np.errstate(over="ignore"):  # what is too large is told below
        centre, context = (tensors[name].astype(np.float32) for name in ("centre", "context"))
    shape = centre.shape
    if len(shape) != 2 or shape != context.shape or not shape[1]:
        wrong = "must have centre and context of one shape, a row a word"
        raise unfit(str(path), f"{wrong}, not {shape} and {context.shape}")
    vocabulary = read_vocabulary(path.parent)
    require_words(path.parent, WordVectors(centre, context, about), vocabulary)
    if not np.isfinite(centre).all() or not np.isfinite(context).all():
        raise StageError(f"{path} has numbers that are not finite: lower sgns.lr, if SGNS made it.")
    return {"centre": centre, "context": context}


def require_words(folder: Path, vectors: WordVectors, vocabulary: Vocabulary) -> None:
    """Raise StageError unless a folder's vectors are of just these words."""
    digest = vocabulary.words_sha256()
    same = vectors.about.get("words_sha256", digest) == digest  # a user's own may not have it
    if not same or len(vectors.centre) != len(vocabulary):
        mend = remedy(folder, "make it again", "bring those that belong.")
        raise StageError(f"{folder / VECTORS} has vectors of other words than its text; {mend}")
