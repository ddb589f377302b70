"""Which word is whose context: the token stream, subsampling, and windows of centres.

Choices that move the numbers, all as in word2vec.c (Mikolov et al., 2013b):

- unknown and subsampled-away tokens leave the stream before windows are laid, so a window
  reaches over the gap they leave: "at most R positions away" counts the tokens that remain;
- a window never crosses the end of a row, nor of a piece of ``LONGEST`` tokens of a longer row;
- with ``dynamic_radius`` each centre draws its own radius uniformly from 1..R.

Rows are visited in a new random order each epoch; the stream so made is cut into batches of
equal length, and the windows that such a cut would cross end there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from stages.core.arrays import FloatArray, IntArray, LongArray
from stages.sampling import kernels
from stages.vectors.tokens import UNKNOWN_ID

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


def streams(
    tokens: IntArray, starts: LongArray, ends: LongArray, keep: FloatArray, random: Generator
) -> Iterator[Stream]:
    """Yield the token stream that visits pieces of rows in this order, some pieces at a time.

    No more than about ``CHUNK`` of ``tokens`` (perhaps memory-mapped) is read at a time.
    """
    read = np.cumsum(ends - starts)
    total = int(read[-1]) if len(read) else 0
    cuts = np.searchsorted(read, np.arange(CHUNK, total, CHUNK))
    for part in np.split(np.arange(len(starts)), cuts):
        yield subsample(tokens, starts[part], ends[part], keep, random)


def subsample(
    tokens: IntArray, starts: LongArray, ends: LongArray, keep: FloatArray, random: Generator
) -> Stream:
    """Keep each token of some pieces with the probability of its word.

    Args:
        tokens: (t,) rows end to end.
        starts: (p,) where each piece begins.
        ends: (p,) where it ends.
        keep: (V,) probability of each word.
        random: draws one number a token.
    """
    number = random.random(int((ends - starts).sum()), dtype=np.float32)
    # One more: a token is noted before it is known whether it stays.
    kept, left, right = (np.empty(len(number) + 1, np.int32) for _ in range(3))
    many = kernels.keep_some(np.asarray(tokens), starts, ends, number, keep, kept, left, right)
    return Stream(kept, left, right)[:many]


def draw_reach(
    stream: Stream, radius: int, dynamic: bool, random: Generator
) -> tuple[IntArray, IntArray]:
    """Return how far each centre's window reaches to its left and right, (t,) each.

    That is its radius (R, or uniform on 1..R), unless its row or the batch ends before.
    """
    if dynamic:
        radii = random.integers(1, radius + 1, len(stream), dtype=np.int32)
    else:
        radii = np.full(len(stream), radius, np.int32)
    left, right = np.empty_like(radii), np.empty_like(radii)
    kernels.reach(radii, stream.left, stream.right, left, right)
    return left, right
