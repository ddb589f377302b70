"""Two lanes of training, and the processes that share them.

A round takes a batch from each lane. The gradients of all are taken at the same vectors, and
then applied one after the other. So the result does not depend on how many processes share
the work. Processes, because threads would wait for each other at Python's lock.
"""

import math
import mmap
import multiprocessing
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

LANES = 2
ABOVE_ALL_ROWS = torch.iinfo(torch.int64).max

Sums = npt.NDArray[np.float64]  # positives' and negatives' loss and the number of positives, (3,)
Found = tuple[
    Tensor, Tensor
]  # a lane's rows in a round, (u,) ascending, and their gradient, (u, d)


def shared_zeros(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return zeros in memory that a process shares with those it forks."""
    count = math.prod(shape)
    memory = mmap.mmap(-1, max(count, 1) * dtype.itemsize)
    return torch.frombuffer(memory, dtype=dtype)[:count].view(shape)


class Board:
    """Shared memory in which the processes of a model hand over what their lanes found."""

    def __init__(self, processes: int, most: int, dim: int, dtype: torch.dtype) -> None:
        """Make room for ``most`` rows of every lane.

        Args:
            processes: that will meet here.
            most: rows of a lane in a round, at most.
            dim: of a row's gradient.
            dtype: of the gradients.
        """
        self._used = shared_zeros(LANES, dtype=torch.int64)
        self._rows = shared_zeros(LANES, most, dtype=torch.int64)
        self._gradients = shared_zeros(LANES, most, dim, dtype=dtype)
        self._sums = shared_zeros(LANES, 3, dtype=torch.float64)
        self._barrier = multiprocessing.get_context("fork").Barrier(processes)

    def meet(self) -> None:
        """Wait until every process is at the same point; whoever forked them ends the wait."""
        self._barrier.wait()

    def write(self, lanes: range, found: Mapping[int, Found]) -> None:
        """Write what these lanes found; one that has come to its end finds nothing."""
        for lane in lanes:
            self._used[lane] = 0
        for lane, (rows, gradient) in found.items():
            self._used[lane] = used = len(rows)
            self._rows[lane, :used] = rows
            self._gradients[lane, :used] = gradient

    def read(self) -> list[Found]:
        """Return what all lanes found, in their order."""
        return [
            (self._rows[lane, :used], self._gradients[lane, :used])
            for lane, used in enumerate(self._used.tolist())
            if used
        ]

    def write_sums(self, sums: Mapping[int, Sums]) -> None:
        """Write the sums of some lanes."""
        for lane, mine in sums.items():
            self._sums[lane] = torch.from_numpy(mine)

    def read_sums(self) -> Sums:
        """Return the sums of all lanes, (lanes, 3)."""
        return self._sums.numpy().copy()


class Share:
    """What a process does of a model's training: its lanes, and the rows that it owns.

    Only the owner of a row moves it, by the gradients of all lanes in their order.
    """

    def __init__(
        self, number: int = 0, borders: Sequence[int] = (), board: Board | None = None
    ) -> None:
        """Take share ``number``.

        Args:
            number: of the process among those of the model.
            borders: (processes - 1,) rows, ascending, at which another owner's begin.
            board: where the processes meet, if there are several.
        """
        self.number = number
        self.lanes = range(number, LANES, len(borders) + 1)
        self._first = borders[number - 1] if number else 0
        self._end = borders[number] if number < len(borders) else ABOVE_ALL_ROWS
        self._board = board

    def owned(self, rows: Tensor) -> slice:
        """Return which of ascending rows, (u,), this process owns."""
        if self._board is None:
            return slice(None)
        first, end = (int(torch.searchsorted(rows, row)) for row in (self._first, self._end))
        return slice(first, end)

    def exchange(self, found: Mapping[int, Found]) -> list[Found]:
        """Hand over what this process's lanes found; return what all found, in their order.

        A lane that found nothing is left out. What is returned holds until the next meeting.
        """
        if self._board is None:
            return [found[lane] for lane in sorted(found)]
        self._board.write(self.lanes, found)
        self._board.meet()
        return self._board.read()

    def total(self, sums: Mapping[int, Sums]) -> Sums:
        """Return the sum over all lanes, (3,), given those of this process."""
        if self._board is None:
            return _sum(np.stack([sums[lane] for lane in sorted(sums)]))
        self._board.write_sums(sums)
        self._board.meet()
        every = self._board.read_sums()
        self._board.meet()
        return _sum(every)

    def meet(self) -> None:
        """Wait until every process of the model is at the same point."""
        if self._board is not None:
            self._board.meet()


def _sum(of_lanes: Sums) -> Sums:
    total: Sums = of_lanes.sum(0)
    return total
