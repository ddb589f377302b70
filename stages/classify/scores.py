"""What is measured of a classifier on one split."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stages.core.arrays import BoolArray

Classes = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Scores:
    """Mean cross-entropy in nats, accuracy and macro-F1 from 0 to 1, and which were right.

    macro_f1: as ``macro_f1`` returns it. correct: (examples,).
    """

    loss: float
    accuracy: float
    macro_f1: float
    correct: BoolArray = field(compare=False, repr=False)

    @classmethod
    def of(cls, loss: float, predicted: Classes, labels: Classes, classes: int) -> "Scores":
        """Return what predicted classes say, (examples,), beside the labels and a mean loss."""
        correct: BoolArray = np.asarray(predicted == labels)
        return cls(loss, float(correct.mean()), macro_f1(predicted, labels, classes), correct)

    def rank(self) -> tuple[float, float]:
        """Return what the better of two has more of: accuracy; of equals, lower loss."""
        return self.accuracy, -self.loss


def macro_f1(predicted: Classes, labels: Classes, classes: int) -> float:
    """Return the mean of F1 over all classes of the data set, whatever each one's frequency.

    F1 is 2 hits / (predicted + labelled); 0 for a class that is neither.
    """
    hits = np.bincount(labels[predicted == labels], minlength=classes)
    both = np.bincount(predicted, minlength=classes) + np.bincount(labels, minlength=classes)
    return float((2 * hits / np.maximum(both, 1)).mean())
