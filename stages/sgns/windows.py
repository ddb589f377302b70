"""Which word is whose context: the token stream, subsampling, and windows of centres.

Choices that move the numbers, all as in word2vec.c (Mikolov et al., 2013b):

- unknown and subsampled-away tokens leave the stream before windows are laid, so a window
  reaches over the gap they leave: "at most R positions away" counts the tokens that remain;
- a window never crosses the end of a row, nor of a piece of ``LONGEST`` tokens of a longer row;
- with ``dynamic_radius`` each centre draws its own radius uniformly from 1..R.

Rows are visited in a new random order each epoch; the stream so made is cut into batches of
equal length, and the windows that such a cut would cross end there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from numpy.random import Generator
from torch import Tensor

from stages.artifacts import UNKNOWN_ID, FloatArray, IntArray, LongArray

LONGEST = 10_000  # tokens of a row that are read together
CHUNK = 2**17  # tokens read at a time


@dataclass(frozen=True)
class Stream:
    """Consecutive tokens that may be centre and context.

    tokens: (t,) ids. left, right: (t,) how many tokens of the same row come before and after.
    """

    tokens: IntArray
    left: IntArray
    right: IntArray

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, part: slice) -> "Stream":
        return Stream(self.tokens[part], self.left[part], self.right[part])

    @classmethod
    def join(cls, streams: list["Stream"]) -> "Stream":
        """Put streams end to end."""
        fields = (
            [s.tokens for s in streams],
            [s.left for s in streams],
            [s.right for s in streams],
        )
        return cls(*(np.concatenate(arrays) for arrays in fields))


def keep_probability(counts: LongArray, threshold: float) -> FloatArray:
    """Return the probability that a token of each word stays in the stream, (V,).

    p = min(1, sqrt(t/f) + t/f) with f the word's share of all tokens: the formula of
    word2vec.c, not the 1 - sqrt(t/f) of Mikolov et al. (2013b), eq. 5. 0 for ``<unk>``;
    a threshold of 0 keeps every other token.
    """
    known = counts.astype(np.float64)
    known[UNKNOWN_ID] = 0
    if threshold == 0:
        keep = np.ones_like(known)
    else:
        share = known / max(known.sum(), 1)
        ratio = threshold / np.maximum(share, np.finfo(np.float64).tiny)
        keep = np.minimum(np.sqrt(ratio) + ratio, 1)
    keep[UNKNOWN_ID] = 0
    return keep.astype(np.float32)


def pieces(offsets: LongArray, longest: int = LONGEST) -> tuple[LongArray, LongArray]:
    """Return where pieces of rows, at most ``longest`` tokens each, begin and end: (p,) each."""
    lengths = np.diff(offsets)
    number = -(-lengths // longest)
    before = np.cumsum(number) - number
    within = np.arange(number.sum()) - np.repeat(before, number)
    starts = np.repeat(offsets[:-1], number) + within * longest
    return starts, np.minimum(starts + longest, np.repeat(offsets[1:], number))


def subsample(tokens: IntArray, lengths: LongArray, keep: FloatArray, random: Generator) -> Stream:
    """Keep each token with the probability of its word.

    Args:
        tokens: (t,) rows end to end.
        lengths: (rows,) tokens of each row.
        keep: (V,) probability of each word.
        random: draws one number a token.
    """
    kept = random.random(len(tokens), dtype=np.float32) < keep.take(tokens)
    places = np.flatnonzero(kept)
    edges = np.searchsorted(places, np.concatenate([[0], np.cumsum(lengths)])).astype(np.int32)
    remaining = np.diff(edges)
    position = np.arange(len(places), dtype=np.int32)
    left = position - np.repeat(edges[:-1], remaining)
    right = np.repeat(edges[1:] - np.int32(1), remaining) - position
    return Stream(tokens.take(places), left, right)


def streams(
    tokens: IntArray, starts: LongArray, ends: LongArray, keep: FloatArray, random: Generator
) -> Iterator[Stream]:
    """Yield the token stream that visits pieces of rows in this order, some pieces at a time.

    No more than about ``CHUNK`` of ``tokens`` (perhaps memory-mapped) is read at a time.
    """
    lengths = ends - starts
    read = np.cumsum(lengths)
    total = int(read[-1]) if len(read) else 0
    cuts = np.searchsorted(read, np.arange(CHUNK, total, CHUNK))
    for part in np.split(np.arange(len(starts)), cuts):
        shift = starts[part] - (np.cumsum(lengths[part]) - lengths[part])
        index = np.repeat(shift, lengths[part])
        index += np.arange(len(index))
        yield subsample(np.asarray(tokens).take(index), lengths[part], keep, random)


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


def draw_reach(
    stream: Stream, radius: int, dynamic: bool, random: Generator
) -> tuple[IntArray, IntArray]:
    """Return how far each centre's window reaches to its left and right, (t,) each.

    That is its radius (R, or uniform on 1..R), unless its row or the batch ends before.
    """
    count = len(stream)
    if dynamic:
        radii = random.integers(1, radius + 1, count, dtype=np.int32)
    else:
        radii = np.full(count, radius, np.int32)
    position = np.arange(count, dtype=np.int32)
    left = np.minimum(np.minimum(radii, stream.left), position)
    right = np.minimum(np.minimum(radii, stream.right), count - 1 - position)
    return left, right


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
        but not many more than 14, which stand for the others (``objective`` says how).
        """
        block = 32
        window = block + 2 * radius
        keys = -(-(window + min(negatives * (radius + 1), 14)) // 8) * 8
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
