"""Windows of centres: how a batch of the stream is cut into blocks that share their keys."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stages.files.arrays import IntArray
from stages.files.tokens import UNKNOWN_ID
from stages.sampling.stream import Stream

POOL = (14, 30)  # negatives of a block, about: least and most


def batches(chunks: Iterable[Stream], size: int) -> Iterator[Stream]:
    """Cut a stream into batches of ``size`` tokens (the last may be shorter)."""
    waiting: list[Stream] = []
    for chunk in chunks:
        stream = Stream.join([*waiting, chunk])
        whole = len(stream) // size * size
        for start in range(0, whole, size):
            yield stream[start : start + size]
        waiting = [stream[whole:]]
    for rest in waiting:
        if len(rest):
            yield rest


@dataclass(frozen=True)
class Layout:
    """How centres share the keys they are scored against.

    A block of consecutive centres has ``window`` positions that may be their contexts, and a
    pool of negatives; both together are its keys.
    """

    radius: int
    block: int
    pool: int

    @classmethod
    def of(cls, radius: int, negatives: int) -> "Layout":
        """Choose the layout for R and K: 32 centres, and keys by the eight.

        The pool has about as many negatives as a centre's positives have by K, R + 1 times K,
        within ``POOL``: of fewer, which all centres of a block share, the gradient would be
        noisier than of independent ones, and more stand for the others (``objective``).
        """
        block = 32
        window = block + 2 * radius
        least, most = POOL
        keys = -(-(window + max(least, min(negatives * (radius + 1), most))) // 8) * 8
        return cls(radius, block, keys - window)

    @property
    def window(self) -> int:
        """Positions that may be the context of one of a block's centres."""
        return self.block + 2 * self.radius

    @property
    def keys(self) -> int:
        """What each centre of a block is scored against."""
        return self.window + self.pool

    def blocks(self, centres: int) -> int:
        """Return how many blocks hold so many centres."""
        return -(-centres // self.block)

    def contexts(self, tokens: IntArray) -> npt.NDArray[np.int32]:
        """Return the ids at each block's window, (n, w); ``<unk>`` beyond either end."""
        tail = self.blocks(len(tokens)) * self.block - len(tokens)
        padded = np.pad(tokens, (self.radius, self.radius + tail), constant_values=UNKNOWN_ID)
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.window)
        return windows[:: self.block]

    def case(self, left: IntArray, right: IntArray) -> IntArray:
        """Return each centre's row in ``positives``, (n*b,); padding centres reach nowhere."""
        centres = self.blocks(len(left)) * self.block
        place = np.tile(np.arange(self.block, dtype=np.int32), centres // self.block)
        case = place * (self.radius + 1) ** 2
        case[: len(left)] += left * (self.radius + 1) + right
        return case

    @cached_property
    def positives(self) -> Tensor:
        """Return which keys are positives, (cases, keys), for every place, left and right reach."""
        reach = torch.arange(self.radius + 1)
        place = torch.arange(self.block).view(-1, 1, 1, 1)
        distance = torch.arange(self.keys) - self.radius - place
        within = (-reach.view(-1, 1, 1) <= distance) & (distance <= reach.view(-1, 1))
        positive = within & (distance != 0) & (torch.arange(self.keys) < self.window)
        return positive.view(-1, self.keys)
