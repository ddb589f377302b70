"""A trained classifier as it is kept: weights, the words of its rows, its classes."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from stages.classify.attention import AttendedWord, most_attended
from stages.classify.evaluation import WordProducts
from stages.classify.kernels import Weights
from stages.classify.weights import joined, named
from stages.files.arrays import read_tensors, write_tensors
from stages.files.atomic import damaged
from stages.files.classes import is_classes
from stages.files.classifiers import CLASSIFIER_FILE, CLASSIFY
from stages.files.tokens import LabelledTexts, Splitting, splitting_of


@dataclass(frozen=True)
class Classifier:
    """What is kept of a trained model.

    words: of its embedding rows. attended: what its classes look at most.
    """

    weights: Weights
    words: tuple[str, ...]
    classes: tuple[str, ...]
    attended: tuple[AttendedWord, ...] = ()

    @classmethod
    def of(
        cls,
        weights: Weights,
        validation: LabelledTexts,
        words: Sequence[str],
        classes: Sequence[str],
    ) -> "Classifier":
        """Take a trained model, and look at what it attends to in validation rows."""
        attended = most_attended(WordProducts.of(weights), validation, words, classes)
        return cls(weights, tuple(words), tuple(classes), tuple(attended))


def write_classifier(folder: Path, classifier: Classifier, about: Splitting) -> None:
    """Write weights, words and classes into one file; ``about`` says how texts were split."""
    stored = asdict(about) | {"words": classifier.words, "classes": classifier.classes}
    write_tensors(folder / CLASSIFIER_FILE, stored, named(classifier.weights))


def read_classifier(folder: Path) -> tuple[Classifier, Splitting]:
    """Read what ``write_classifier`` wrote; raises StageError if it is missing or damaged."""
    path = folder / CLASSIFIER_FILE
    made_by = "classify" if CLASSIFY in folder.parents else None
    about, weights = read_tensors(path, made_by)
    splitting, words, classes = splitting_of(about), about.get("words"), about.get("classes")
    # Words have the form of classes' names: texts, all different.
    if splitting is None or not is_classes(words) or not is_classes(classes):
        raise damaged(path, made_by)
    shapes = {name: array.shape for name, array in weights.items()}
    if shapes != _shapes(len(words), len(classes), weights.get("key", np.zeros(0)).size):
        raise damaged(path, made_by)
    if not all(np.isfinite(array).all() for array in weights.values()):
        raise damaged(path, made_by)
    return Classifier(joined(weights), tuple(words), tuple(classes)), splitting


def _shapes(words: int, classes: int, square: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a model's tensors, given the size of a square one."""
    dim = math.isqrt(square)
    return {
        **dict.fromkeys(("query", "readout"), (classes, dim)),
        **dict.fromkeys(("key", "value"), (dim, dim)),
        **{"embedding": (words, dim), "bias": (classes,)},
    }
