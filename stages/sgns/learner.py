"""What a trainer trains: vectors that take steps, by compiled loops or, on CUDA, by PyTorch."""

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from stages.core.arrays import FloatArray, IntArray
from stages.core.compiled import Width
from stages.sgns import kernels
from stages.sgns.batches import Batch, Layout
from stages.sgns.exchange import Gradients
from stages.sgns.params import SgnsParams
from stages.sgns.rule import DECAY, LEAST_SQUARE, stretch
from stages.sgns.team import Team

if TYPE_CHECKING:
    from stages.sgns.model import TorchLearner

Learner: TypeAlias = "CompiledLearner | TorchLearner"
Sums = npt.NDArray[np.float64]  # positives' and negatives' loss and the number of positives, (3,)
RUN = 64  # rows that lie side by side and have the same thread: see ``kernels.add_parts``


class CompiledLearner:
    """Vectors in training, and the state of their optimizer: by ``kernels``.

    steps: that were taken.
    """

    def __init__(
        self, initial: FloatArray, params: SgnsParams, layout: Layout, team: Team | None = None
    ) -> None:
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
        self._parts, self._team = params.parts, team or Team()
        centres = -(-layout.blocks(params.batch) // params.parts) * layout.block
        most = min(layout.uses(centres), 2 * words)
        self._gradients = Gradients.of(params.parts, most, dim)
        # Where a row is in a sum in the making, -1 where it is not: of each part at work here, and
        # of the sum of all, in which threads have rows of their own.
        self._own = self._team.own(params.parts)
        self._slots = np.full((len(self._own) + 1, 2 * words), -1, np.int32)
        threads = self._team.threads if params.parts > 1 else 0
        runs = -(-2 * words // RUN)
        most = min(layout.uses(params.batch), -(-runs // max(threads, 1)) * RUN)
        self._total = Gradients.of(threads, most, dim)

    def losses(self, batch: Batch) -> Sums:
        """Return a batch's loss: the positives' share, the negatives', and how many positives."""

        def of(part: int) -> Sums:
            blocks = self._blocks(batch, part)
            found = kernels.losses(tuple(batch), self._vectors, self._settings, blocks, self._dim)
            return np.array(found, np.float64)

        return sum(self._team.each(of, range(1, self._parts)), of(0))

    def gradient(self, batch: Batch, part: int = 0) -> tuple[IntArray, FloatArray]:
        """Return the rows that a part uses, (u,), and their gradient, (u, d); for a moment."""
        parts = self._gradients
        parts.used[part] = kernels.gradient(
            tuple(batch),
            self._vectors,
            self._settings,
            self._blocks(batch, part),
            self._slots[part - self._own.start],
            parts.rows[part],
            parts.values[part],
            self._dim,
        )
        return parts.of_part(part)

    def step(self, batch: Batch, lr: float) -> bool:
        """Move the vectors against the gradient of a batch; return whether it was finite."""
        self._team.each(lambda part: self.gradient(batch, part), self._own)
        self._team.gather(self._gradients)
        return self.move(lr)

    def move(self, lr: float) -> bool:
        """Move the vectors against the gradients of all parts; return whether they were finite."""
        self.steps += 1
        if self._parts == 1:
            return bool(np.isfinite(self._move(*self._gradients.of_part(0), lr)))
        of_share = partial(self._move_share, lr)
        return bool(np.isfinite(self._team.each(of_share, range(len(self._total.used)))).all())

    def state(self) -> dict[str, FloatArray]:
        """Return ``vectors``, (2V, d), the centres' first, and their mean ``square``, (2V,)."""
        return {"vectors": self._vectors, "square": self._square}

    def load(self, state: dict[str, FloatArray], steps: int) -> None:
        """Go on from a state."""
        self._vectors[:], self._square[:] = state["vectors"], state["square"]
        self.steps = steps

    def _blocks(self, batch: Batch, part: int) -> tuple[int, int]:
        count = len(batch.pool)
        return part * count // self._parts, (part + 1) * count // self._parts

    def _move_share(self, lr: float, share: int) -> float:
        """Sum the gradients of the rows that a thread has over the parts, and move them."""
        parts, total = self._gradients, self._total
        total.used[share] = kernels.add_parts(
            parts.used,
            parts.rows,
            parts.values,
            (share, len(total.used)),
            self._slots[-1],
            total.rows[share],
            total.values[share],
            self._dim,
        )
        return self._move(*total.of_part(share), lr)

    def _move(self, rows: IntArray, gradient: FloatArray, lr: float) -> float:
        rule = DECAY, 1 - DECAY**self.steps, LEAST_SQUARE, lr * self._stretch
        return float(kernels.move(rows, gradient, self._vectors, self._square, rule, self._dim))


def new_learner(initial: FloatArray, params: SgnsParams, layout: Layout, team: Team) -> Learner:
    """Return a learner for the team's device, at its start."""
    if team.device == "cpu":
        return CompiledLearner(initial, params, layout, team)
    from stages.sgns.model import TorchLearner  # torch takes seconds to import

    return TorchLearner(initial, params, layout, team.device)
