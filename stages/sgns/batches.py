"""From the token stream to batches: what a step compares with what."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from numpy.random import Generator

from stages.core.arrays import IntArray, LongArray
from stages.sampling.noise import NoiseDistribution
from stages.sampling.stream import (
    LONGEST,
    Stream,
    draw_reach,
    keep_probability,
    pieces,
    streams,
)
from stages.sgns.params import SgnsParams
from stages.vectors.tokens import Texts

BLOCK = 16  # centres that share a pool of negatives
POOL = (8, 16)  # negatives of a pool: least and most


class Batch(NamedTuple):
    """Centres, and what each is compared with.

    tokens: (t,) ids, each a centre. left, right: (t,) how many tokens before and after it are its
    positives. pool: (n, p) ids, the negatives of each block of b centres.
    """

    tokens: IntArray
    left: IntArray
    right: IntArray
    pool: IntArray


@dataclass(frozen=True)
class Layout:
    """How far windows reach, how many centres share a pool, and how many negatives it has."""

    radius: int
    block: int
    pool: int

    @classmethod
    def of(cls, radius: int, negatives: int) -> "Layout":
        """Choose the layout for R and K.

        The pool has about as many negatives as a centre's positives have by K, R + 1 times K,
        within ``POOL``: of fewer, which all centres of a block share, the gradient would be
        noisier than of independent ones, and more stand for the others (``objective``).
        """
        least, most = POOL
        return cls(radius, BLOCK, max(least, min(negatives * (radius + 1), most)))

    @property
    def keys(self) -> int:
        """Keys of a block, at most: the tokens that its centres may reach, and its pool."""
        return self.block + 2 * self.radius + self.pool

    def blocks(self, centres: int) -> int:
        """Return how many blocks hold so many centres, n."""
        return -(-centres // self.block)

    def uses(self, centres: int) -> int:
        """Return how often a batch of so many centres uses a vector, at most."""
        return self.blocks(centres) * (self.block + self.keys)


def cut(chunks: Iterable[Stream], size: int) -> Iterator[Stream]:
    """Cut a stream into pieces of ``size`` tokens (the last may be shorter)."""
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


def farthest(*splits: Texts) -> int:
    """Return how far the farthest two words of a row are apart, at least 1."""
    longest = max(int(rows.lengths.max(initial=0)) for rows in splits)
    return max(min(longest, LONGEST) - 1, 1)


class Sampler:
    """Draws the batches of an epoch: order of rows, subsampling, radii and negatives."""

    def __init__(self, counts: LongArray, params: SgnsParams, most: int = LONGEST) -> None:
        """Take the word counts, (V,), of the training split.

        ``most`` is how far any two words of a row are apart: an R beyond costs no more.
        """
        self.layout = Layout.of(min(params.R, most), params.K)
        self._params = params
        self._keep = keep_probability(counts, params.subsample)
        self._noise = NoiseDistribution(counts, params.noise_power)
        # Of an epoch, as expected: how many tokens subsampling keeps is up to chance.
        self.steps = max(1, math.ceil(float(counts @ self._keep) / params.batch))

    def batches(self, rows: Texts, random: Generator) -> Iterator[Batch]:
        """Yield one epoch over ``rows``, in a random order; ``random`` draws all."""
        starts, ends = pieces(rows.offsets)
        order = random.permutation(len(starts))
        chunks = streams(rows.tokens, starts[order], ends[order], self._keep, random)
        for stream in cut(chunks, self._params.batch):
            left, right = draw_reach(
                stream, self.layout.radius, self._params.dynamic_radius, random
            )
            blocks = self.layout.blocks(len(stream))
            pool = self._noise.sample((blocks, self.layout.pool), random)
            yield Batch(stream.tokens, left, right, pool)
