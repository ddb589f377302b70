"""A trained classifier as it is kept: weights, the words of its rows, its classes."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from stages.classify.attention import AttendedWord, most_attended
from stages.classify.model import ClassAttention
from stages.files.arrays import FloatArray, read_tensors, write_tensors
from stages.files.atomic import damaged
from stages.files.classes import is_classes
from stages.files.classifiers import CLASSIFIER_FILE, CLASSIFY
from stages.files.tokens import LabelledTexts, Splitting, splitting_of


@dataclass(frozen=True)
class Classifier:
    """What is kept of a trained model.

    weights: its tensors by name. words: of its embedding rows. attended: what its classes look
    at most.
    """

    weights: dict[str, FloatArray]
    words: tuple[str, ...]
    classes: tuple[str, ...]
    attended: tuple[AttendedWord, ...] = ()

    @classmethod
    def of(
        cls,
        model: ClassAttention,
        validation: LabelledTexts,
        words: Sequence[str],
        classes: Sequence[str],
    ) -> "Classifier":
        """Take a trained model, and look at what it attends to in validation rows."""
        weights = {name: tensor.cpu().numpy() for name, tensor in model.state_dict().items()}
        attended = most_attended(model, validation, words, classes)
        return cls(weights, tuple(words), tuple(classes), tuple(attended))

    def model(self) -> ClassAttention:
        """Return the model, ready to use."""
        weights = {name: torch.from_numpy(array) for name, array in self.weights.items()}
        model = ClassAttention(weights["embedding"], len(self.classes), torch.Generator())
        model.load_state_dict(weights)
        return model.eval()


def write_classifier(folder: Path, classifier: Classifier, about: Splitting) -> None:
    """Write weights, words and classes into one file; ``about`` says how texts were split."""
    stored = asdict(about) | {"words": classifier.words, "classes": classifier.classes}
    write_tensors(folder / CLASSIFIER_FILE, stored, classifier.weights)


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
    return Classifier(weights, tuple(words), tuple(classes)), splitting


def _shapes(words: int, classes: int, square: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a model's tensors, given the size of a square one."""
    dim = math.isqrt(square)
    initial = torch.empty(words, dim, device="meta")
    model = ClassAttention(initial, classes, torch.Generator())
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
