"""What a trainer trains: vectors that take steps, by compiled loops or, on CUDA, by PyTorch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from stages.core.arrays import FloatArray, IntArray
from stages.core.compiled import Width
from stages.sgns import kernels
from stages.sgns.batches import Batch, Layout
from stages.sgns.exchange import RowSums
from stages.sgns.params import SgnsParams
from stages.sgns.rule import DECAY, LEAST_SQUARE, stretch
from stages.sgns.team import Team

if TYPE_CHECKING:
    from stages.sgns.model import TorchLearner

Learner: TypeAlias = "CompiledLearner | TorchLearner"
Sums = npt.NDArray[np.float64]  # positives' and negatives' loss and the number of positives, (3,)
RUN = 64  # rows that lie side by side and have the same thread: see ``kernels.add_part``


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
        self._sums = {part: _Sums(2 * words, most, dim) for part in self._team.own(params.parts)}
        if params.parts > 1:
            threads = self._team.threads
            runs = -(-2 * words // RUN)
            most = min(layout.uses(params.batch), -(-runs // threads) * RUN)
            self._totals = [_Sums(2 * words, most, dim) for _ in range(threads)]

    def losses(self, batch: Batch) -> Sums:
        """Return a batch's loss: the positives' share, the negatives', and how many positives."""

        def of(part: int) -> Sums:
            blocks = self._blocks(batch, part)
            found = kernels.losses(tuple(batch), self._vectors, self._settings, blocks, self._dim)
            return np.array(found, np.float64)

        return sum(self._team.each(of, range(1, self._parts)), of(0))

    def gradient(self, batch: Batch, part: int = 0) -> RowSums:
        """Return the rows that a part uses, (u,), and their gradient, (u, d); for a moment."""
        sums = self._sums[part]
        used = kernels.gradient(
            tuple(batch),
            self._vectors,
            self._settings,
            self._blocks(batch, part),
            sums.slot,
            sums.rows,
            sums.gradient,
            self._dim,
        )
        return sums.rows[:used], sums.gradient[:used]

    def step(self, batch: Batch, lr: float) -> bool:
        """Move the vectors against the gradient of a batch; return whether it was finite."""
        self.steps += 1
        own = self._team.each(lambda part: self.gradient(batch, part), self._sums)
        if self._parts == 1:
            return bool(np.isfinite(self._move(*own[0], lr)))
        parts = self._team.gather(own)

        def move(share: int) -> float:
            return self._move(*self._total(parts, share), lr)

        return bool(np.isfinite(self._team.each(move, range(self._team.threads))).all())

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

    def _total(self, parts: Sequence[RowSums], share: int) -> RowSums:
        """Return the rows that a thread has, and the sum of their gradients over the parts."""
        sums, used = self._totals[share], 0
        for rows, gradient in parts:
            used = kernels.add_part(
                rows,
                gradient,
                share,
                len(self._totals),
                sums.slot,
                sums.rows,
                sums.gradient,
                used,
                self._dim,
            )
        sums.slot[sums.rows[:used]] = -1
        return sums.rows[:used], sums.gradient[:used]

    def _move(self, rows: IntArray, gradient: FloatArray, lr: float) -> float:
        rule = DECAY, 1 - DECAY**self.steps, LEAST_SQUARE, lr * self._stretch
        return float(kernels.move(rows, gradient, self._vectors, self._square, rule, self._dim))


class _Sums:
    """Room for the gradients of some rows: see ``kernels.entry``."""

    def __init__(self, rows: int, most: int, dim: int) -> None:
        """Take how many rows the vectors have, and of how many there may be a sum."""
        self.slot = np.full(rows, -1, np.int32)
        self.rows = np.empty(most, np.int32)
        self.gradient = np.empty((most, dim), np.float32)


def new_learner(initial: FloatArray, params: SgnsParams, layout: Layout, team: Team) -> Learner:
    """Return a learner for the team's device, at its start."""
    if team.device == "cpu":
        return CompiledLearner(initial, params, layout, team)
    from stages.sgns.model import TorchLearner  # torch takes seconds to import

    return TorchLearner(initial, params, layout, team.device)
