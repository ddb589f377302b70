"""A trained classifier as it is kept: weights, the words of its rows, its classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.classify.attention import AttendedWord, most_attended
from stages.classify.evaluation import WordProducts
from stages.classify.kernels import Weights
from stages.classify.weights import joined, named
from stages.core.arrays import read_tensors, write_tensors
from stages.core.atomic import reading
from stages.results.classifiers import CLASSIFIER_FILE
from stages.vectors.tokens import LabelledTexts, Splitting


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
    stored = about.stored() | {"words": classifier.words, "classes": classifier.classes}
    write_tensors(folder / CLASSIFIER_FILE, stored, named(classifier.weights))


def read_classifier(folder: Path) -> tuple[Classifier, Splitting]:
    """Read what ``write_classifier`` wrote; raises StageError if it is missing or damaged."""
    path = folder / CLASSIFIER_FILE
    about, weights = read_tensors(path)
    with reading(path, sealed=False):
        splitting = Splitting(about["lowercase"], about["max_length"], about.get("subwords"))
        words, classes = tuple(about["words"]), tuple(about["classes"])
        return Classifier(joined(weights), words, classes), splitting
