"""What a trainer trains: vectors that take steps, by compiled loops or, on CUDA, by PyTorch."""

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from stages.core.arrays import FloatArray
from stages.core.compiled import Width
from stages.sgns import kernels
from stages.sgns.batches import Batch, Layout
from stages.sgns.params import SgnsParams
from stages.sgns.rule import DECAY, LEAST_SQUARE, stretch

if TYPE_CHECKING:
    from stages.sgns.model import TorchLearner

Learner: TypeAlias = "CompiledLearner | TorchLearner"
Sums = npt.NDArray[np.float64]  # positives' and negatives' loss and the number of positives, (3,)


class CompiledLearner:
    """Vectors in training, and the state of their optimizer: by ``kernels``, in one thread.

    steps: that were taken.
    """

    def __init__(self, initial: FloatArray, params: SgnsParams, layout: Layout) -> None:
        """Take the centres' vectors, (V, d), as they start; the contexts' start at zero."""
        words, dim = initial.shape
        self._vectors = np.concatenate([initial, np.zeros_like(initial)])
        self._square = np.zeros(2 * words, np.float32)
        self.steps = 0
        infonce = params.objective == "infonce"
        self._settings = (
            layout.radius,
            layout.block,
            float(params.K),
            infonce,
            params.temperature,
        )
        self._dim, self._stretch = Width(dim), stretch(params.objective, params.K)
        most = min(layout.uses(params.batch), 2 * words)
        self._slot = np.full(2 * words, -1, np.int32)
        self._rows = np.empty(most, np.int32)
        self._gradient = np.empty((most, dim), np.float32)

    def losses(self, batch: Batch) -> Sums:
        """Return a batch's loss: the positives' share, the negatives', and how many positives."""
        return np.array(
            kernels.losses(tuple(batch), self._vectors, self._settings, self._dim), np.float64
        )

    def gradient(self, batch: Batch) -> tuple[npt.NDArray[np.int32], FloatArray]:
        """Return the rows that a batch uses, (u,), and their gradient, (u, d); for a moment."""
        used = kernels.gradient(
            tuple(batch),
            self._vectors,
            self._settings,
            self._slot,
            self._rows,
            self._gradient,
            self._dim,
        )
        return self._rows[:used], self._gradient[:used]

    def step(self, batch: Batch, lr: float) -> bool:
        """Move the vectors against the gradient of a batch; return whether it was finite."""
        rows, gradient = self.gradient(batch)
        self.steps += 1
        rule = DECAY, 1 - DECAY**self.steps, LEAST_SQUARE, lr * self._stretch
        whole = kernels.move(rows, gradient, self._vectors, self._square, rule, self._dim)
        return bool(np.isfinite(whole))

    def state(self) -> dict[str, FloatArray]:
        """Return ``vectors``, (2V, d), the centres' first, and their mean ``square``, (2V,)."""
        return {"vectors": self._vectors, "square": self._square}

    def load(self, state: dict[str, FloatArray], steps: int) -> None:
        """Go on from a state."""
        self._vectors[:], self._square[:] = state["vectors"], state["square"]
        self.steps = steps


def new_learner(
    initial: FloatArray, params: SgnsParams, layout: Layout, device: Literal["cpu", "cuda"]
) -> Learner:
    """Return a learner for a device, at its start."""
    if device == "cpu":
        return CompiledLearner(initial, params, layout)
    from stages.sgns.model import TorchLearner  # torch takes seconds to import

    return TorchLearner(initial, params, layout, device)
