"""What the processes of one training tell each other: by gloo, where torchrun has started them.

    torchrun --nnodes 2 ... --nproc-per-node 4 -m stages.sgns train ...

Every process has all of the vectors and draws every batch; each computes the gradients of some of
its parts, is given those of all others, and takes the same step. The first process alone reads
and writes files.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from stages.core.arrays import FloatArray, IntArray
from stages.core.console import StageError

RowSums = tuple[IntArray, FloatArray]  # rows of the vectors, (u,), and their gradient, (u, d)
PATIENCE = timedelta(minutes=10)  # with one that neither answers nor ends: writing, or unplugged


class Exchange:
    """The processes that torchrun has started, seen from one of them.

    rank, size: the number of this process, and how many there are. here: how many of them are on
    this machine. seconds, bytes: spent in exchanging gradients, and what this process was sent.
    """

    def __init__(self) -> None:
        """Meet the others; raises StageError if they do not come."""
        import torch.distributed as torchrun  # seconds to import, and seldom wanted

        self._torchrun = torchrun
        with all_there():
            torchrun.init_process_group("gloo", timeout=PATIENCE)
        self.rank, self.size = torchrun.get_rank(), torchrun.get_world_size()
        self.here = int(os.environ["LOCAL_WORLD_SIZE"])
        self.seconds, self.bytes = 0.0, 0

    @staticmethod
    def started() -> bool:
        """Return whether torchrun has started this process."""
        return "TORCHELASTIC_RUN_ID" in os.environ

    def require_same(self, what: Sequence[str]) -> None:
        """Raise StageError if a process knows something else."""
        every: list[Any] = [None] * self.size
        with all_there():
            self._torchrun.all_gather_object(every, list(what))
        if any(other != every[0] for other in every):
            raise StageError(
                "the processes of this training differ in code, parameters or texts; give all "
                "machines the same commit, params.yaml and data/tokens, and start again."
            )

    def from_first(self, about: object, arrays: Iterable[FloatArray]) -> Any:
        """Return what the first process knows; its arrays come in place of these."""
        import torch

        box = [about]
        with all_there():
            self._torchrun.broadcast_object_list(box)
            for array in arrays:
                self._torchrun.broadcast(torch.from_numpy(array), 0)
        return box[0]

    def gather(self, own: Sequence[RowSums]) -> list[RowSums]:
        """Return the gradients of all parts, in their order, given those of this process."""
        start = time.perf_counter()
        used = self._all(np.array([len(rows) for rows, _ in own]))
        ends = used.cumsum(1)
        room = int(ends[:, -1].max())
        rows = self._all(_joined([rows for rows, _ in own], room))
        gradients = self._all(_joined([gradient for _, gradient in own], room))
        self.bytes += (rows.nbytes + gradients.nbytes) * (self.size - 1) // self.size
        self.seconds += time.perf_counter() - start
        return [
            (rows[rank, end - count : end], gradients[rank, end - count : end])
            for rank in range(self.size)
            for count, end in zip(used[rank], ends[rank], strict=True)
        ]

    def _all(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the arrays of all processes, which have one shape, side by side."""
        import torch

        every = torch.empty((self.size, *array.shape), dtype=torch.from_numpy(array).dtype)
        with all_there():
            self._torchrun.all_gather(list(every), torch.from_numpy(array))
        return every.numpy()


def _joined(arrays: Sequence[npt.NDArray[Any]], room: int) -> npt.NDArray[Any]:
    joined = np.zeros((room, *arrays[0].shape[1:]), arrays[0].dtype)
    np.concatenate(arrays, out=joined[: sum(map(len, arrays))])
    return joined


@contextmanager
def all_there() -> Iterator[None]:
    """Raise StageError where torch says, in its words, that another process is gone."""
    try:
        yield
    except (RuntimeError, OSError) as error:
        reason = re.sub(r"^\[[^]]*\] ", "", str(error).splitlines()[0])  # without gloo's source
        raise StageError(
            f"another process of this training has ended or cannot be reached ({reason[:80]}); "
            "start all again: it goes on from its last whole epoch."
        ) from None
