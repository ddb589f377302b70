"""What the processes of one training tell each other: by gloo, where torchrun has started them.

    torchrun --nnodes 2 ... --nproc-per-node 4 -m stages.sgns train ...

Every process has all of the vectors and draws every batch; each computes the gradients of some of
its parts, is given those of all others, and takes the same step. The first process alone reads
and writes files.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stages.core.arrays import FloatArray, IntArray, LongArray
from stages.core.console import StageError

if TYPE_CHECKING:
    from torch import Tensor

PATIENCE = timedelta(minutes=10)  # with one that neither answers nor ends: writing, or unplugged


@dataclass(frozen=True)
class Gradients:
    """Gradients of several parts of a batch, each of the rows of the vectors that it uses.

    used: (P,) how many rows each has, u. rows: (P, most), the first u. values: (P, most, d).
    """

    used: LongArray
    rows: IntArray
    values: FloatArray

    @classmethod
    def of(cls, parts: int, most: int, dim: int) -> "Gradients":
        """Return room for so many parts of so many rows."""
        values = np.empty((parts, most, dim), np.float32)
        return cls(np.zeros(parts, np.int64), np.empty((parts, most), np.int32), values)

    def of_part(self, part: int) -> tuple[IntArray, FloatArray]:
        """Return the rows of a part, (u,), and their gradient, (u, d)."""
        used = self.used[part]
        return self.rows[part, :used], self.values[part, :used]


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
        mine = np.frombuffer(hashlib.sha256("\n".join(what).encode()).digest(), np.uint8).copy()
        every = np.empty((self.size, len(mine)), np.uint8)
        with all_there():
            self._torchrun.all_gather(list(_tensor(every)), _tensor(mine))
        if (every != mine).any():
            raise StageError(
                "the processes of this training differ in code, parameters or texts; give all "
                "machines the same commit, params.yaml and data/tokens, and start again."
            )

    def from_first(self, text: str, arrays: Iterable[FloatArray]) -> str:
        """Return the first process's text; its arrays come in place of these."""
        content = np.frombuffer(text.encode(), np.uint8).copy()
        size = np.array([len(content)])
        with all_there():
            self._torchrun.broadcast(_tensor(size), 0)
            if self.rank:
                content = np.empty(size[0], np.uint8)
            self._torchrun.broadcast(_tensor(content), 0)
            for array in arrays:
                self._torchrun.broadcast(_tensor(array), 0)
        return content.tobytes().decode()

    def gather(self, parts: Gradients) -> None:
        """Put in what other processes have made of the parts of a batch.

        Each is sent as it is, by its process to all others: gloo gathers several times as slowly.
        """
        start, each = time.perf_counter(), len(parts.used) // self.size
        own = parts.used[self.rank * each : (self.rank + 1) * each].copy()
        sent = []
        with all_there():
            self._torchrun.all_gather(list(_tensor(parts.used).view(-1, each)), _tensor(own))
            for part in range(len(parts.used)):
                for array in parts.of_part(part):
                    self.bytes += 0 if part // each == self.rank else array.nbytes
                    sent.append(
                        self._torchrun.broadcast(_tensor(array), part // each, async_op=True)
                    )
            for one in sent:
                one.wait()
        self.seconds += time.perf_counter() - start


def _tensor(array: npt.NDArray[Any]) -> "Tensor":
    """Return the same memory as torch sees it."""
    import torch

    return torch.from_numpy(array)


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
