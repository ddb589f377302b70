"""Two lanes of training: in a process each where there are two processors, else in turn.

A round takes a batch from each lane. The gradients of both are taken at the same vectors, and
then applied one after the other. So the result does not depend on how many processes share
the work. Processes, because threads would wait for each other at Python's lock.
"""

import math
import mmap
import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import torch
from torch import Tensor

from stages.console import StageError

LANES = 2


def shared_zeros(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return zeros in memory that a process shares with those it forks."""
    count = math.prod(shape)
    memory = mmap.mmap(-1, max(count, 1) * dtype.itemsize)
    return torch.frombuffer(memory, dtype=dtype)[:count].view(shape)


class Lanes:
    """The lanes that this process takes, and its meetings with the process of the other."""

    def __init__(self, mine: range, partner: socket.socket | None = None) -> None:
        """Take the lanes' numbers, and the way to the partner if there is one."""
        self.mine = mine
        self._partner = partner

    def meet(self) -> None:
        """Wait until the partner is at the same point.

        Raises:
            StageError: the partner has ended.
        """
        if self._partner is None:
            return
        with suppress(ConnectionError):
            self._partner.send(b".")
            if self._partner.recv(1):
                return
        raise StageError("its second process ended (out of memory?); run the stage again.")


@contextmanager
def split_lanes(other: Callable[[Lanes], None], in_two: bool) -> Iterator[Lanes]:
    """Yield the lanes of this process: all, or half while a forked process does ``other``."""
    if not in_two:
        yield Lanes(range(LANES))
        return
    here, there = socket.socketpair()
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=_follow, args=(other, there, here), daemon=True)
    process.start()
    there.close()
    try:
        yield Lanes(range(1), here)
    finally:
        here.close()  # ends the other process, should it still be at work
        process.join()


def _follow(work: Callable[[Lanes], None], here: socket.socket, there: socket.socket) -> None:
    there.close()  # the partner's end: kept open, its death would go unnoticed
    with suppress(StageError, KeyboardInterrupt):
        work(Lanes(range(1, LANES), here))
