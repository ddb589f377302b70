"""What is measured of a classifier on one split."""

from dataclasses import dataclass

from stages.files.arrays import BoolArray


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
    """The scores on a split, and which of its examples were classified right, (examples,)."""

    scores: Scores
    correct: BoolArray
