"""What is measured of a classifier on one split."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stages.core.arrays import BoolArray

Classes = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Scores:
    """Mean cross-entropy in nats, and accuracy from 0 to 1."""

    loss: float
    accuracy: float

    def rank(self) -> tuple[float, float]:
        """Return what the better of two has more of: accuracy; of equals, lower loss."""
        return self.accuracy, -self.loss


@dataclass(frozen=True)
class Judged:
    """The scores on a split, and which of its examples were classified right, (examples,).

    macro_f1: as ``macro_f1`` returns it.
    """

    scores: Scores
    macro_f1: float
    correct: BoolArray

    @classmethod
    def of(cls, loss: float, predicted: Classes, labels: Classes, classes: int) -> "Judged":
        """Return what predicted classes say, (examples,), beside the labels and a mean loss."""
        correct: BoolArray = np.asarray(predicted == labels)
        scores = Scores(loss, float(correct.mean()))
        return cls(scores, macro_f1(predicted, labels, classes), correct)


def macro_f1(predicted: Classes, labels: Classes, classes: int) -> float:
    """Return the mean of F1 over all classes of the data set, whatever each one's frequency.

    F1 is 2 hits / (predicted + labelled); 0 for a class that is neither.
    """
    hits = np.bincount(labels[predicted == labels], minlength=classes)
    both = np.bincount(predicted, minlength=classes) + np.bincount(labels, minlength=classes)
    return float((2 * hits / np.maximum(both, 1)).mean())
