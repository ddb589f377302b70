"""A trained classifier as it is kept: weights, the words of its rows, its classes."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from stages.classify.attention import AttendedWord, most_attended
from stages.classify.model import ClassAttention
from stages.files.arrays import FloatArray
from stages.files.atomic import damaged, require
from stages.files.classifiers import CLASSIFIER_FILE
from stages.files.tokens import LabelledTexts, Splitting


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
    # One key, because safetensors writes several in an order that changes from run to run.
    metadata = {"about": json.dumps(stored, sort_keys=True, ensure_ascii=False)}
    save_file(classifier.weights, folder / CLASSIFIER_FILE, metadata=metadata)


def read_classifier(folder: Path) -> tuple[Classifier, Splitting]:
    """Read what ``write_classifier`` wrote; raises StageError if it is missing or damaged."""
    path = require(folder / CLASSIFIER_FILE, "classify")
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["about"])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        splitting = Splitting(bool(about["lowercase"]), int(about["max_length"]))
        return Classifier(weights, tuple(about["words"]), tuple(about["classes"])), splitting
    except (SafetensorError, KeyError, ValueError):
        raise damaged(path, "classify") from None
