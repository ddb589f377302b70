"""From the token stream to batches: arrays of ids that say what a step scores against what."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from numpy.random import Generator
from torch import Tensor

from stages.files.arrays import IntArray, LongArray
from stages.files.tokens import Texts
from stages.params.sgns import SgnsParams
from stages.sampling.noise import NoiseDistribution
from stages.sampling.stream import (
    LONGEST,
    Stream,
    draw_reach,
    keep_probability,
    pieces,
    streams,
)
from stages.sgns.lanes import LANES
from stages.sgns.layout import Layout, batches


@dataclass(frozen=True)
class Batch:
    """What a step scores: n blocks of b centres, each block against its w + p keys.

    A use is one occurrence of a word as a centre (the first n*b uses) or as a key (the others).

    case: (n*b,) rows of ``Layout.positives``. rows: (u,) the distinct rows of the model's
    vectors that are used, ascending. place: (m,) the entry of ``rows`` of every use. order:
    (m,) the uses, those of one row together. first: (u + 1,) where in ``order`` they begin.
    """

    case: Tensor
    rows: Tensor
    place: Tensor
    order: Tensor
    first: Tensor

    @classmethod
    def of(cls, case: IntArray, centres: IntArray, keys: IntArray, words: int) -> "Batch":
        """Group the uses by row, given the words of centres and keys, all below ``words``."""
        parts = Groups.of(centres, words), Groups.of(keys, words)
        return cls(torch.from_numpy(case), *map(torch.from_numpy, parts[0].then(parts[1], words)))

    def to(self, device: torch.device) -> "Batch":
        """Move to a device."""
        arrays = (self.case, self.rows, self.place, self.order, self.first)
        return Batch(*(array.to(device) for array in arrays))


class Groups(NamedTuple):
    """Numbers grouped by value: the fields of ``Batch``."""

    rows: LongArray
    place: IntArray
    order: IntArray
    first: IntArray

    @classmethod
    def of(cls, uses: IntArray, words: int) -> "Groups":
        """Group numbers, (m,), all below ``words``."""
        bits = len(uses).bit_length()
        # Number and position in one, as short as they allow: sorting these is stable, and fast.
        kind = np.dtype(np.uint32 if words << bits <= 2**32 else np.uint64)
        packed: npt.NDArray[Any] = uses.astype(kind)
        packed <<= bits
        packed |= np.arange(len(uses), dtype=kind)
        packed.sort()
        order = (packed & (2**bits - 1)).astype(np.int32)
        packed >>= bits
        begins = np.ones(len(uses) + 1, bool)
        np.not_equal(packed[1:], packed[:-1], out=begins[1:-1])
        first = np.flatnonzero(begins)
        rows = packed.take(first[:-1]).astype(np.int64)
        entry = np.empty(words, np.int32)
        entry[rows] = np.arange(len(rows), dtype=np.int32)
        return cls(rows, entry.take(uses), order, first.astype(np.int32))

    def then(self, other: "Groups", words: int) -> "Groups":
        """Return these and, after them, others of numbers that are ``words`` higher."""
        entries, uses = np.int32(len(self.rows)), np.int32(len(self.order))
        return Groups(
            np.concatenate([self.rows, other.rows + words]),
            np.concatenate([self.place, other.place + entries]),
            np.concatenate([self.order, other.order + uses]),
            np.concatenate([self.first[:-1], other.first + uses]),
        )


def uses_of_batch(layout: Layout, centres: int) -> int:
    """Return how many uses of a row a batch of so many centres has."""
    return layout.blocks(centres) * (layout.block + layout.keys)


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
        self._params, self._words = params, len(counts)
        self.uses = uses_of_batch(self.layout, params.batch)
        self._keep = keep_probability(counts, params.subsample)
        self._noise = NoiseDistribution(counts, params.noise_power)
        # Of an epoch, as expected: how many tokens subsampling keeps is up to chance.
        self.rounds = max(1, math.ceil(float(counts @ self._keep) / (LANES * params.batch)))
        self._counts = counts

    def borders(self, parts: int) -> list[int]:
        """Return where to cut the model's rows, so that batches use each part's about as often.

        The result of training does not depend on it.
        """
        kept = self._counts * self._keep
        centres = kept / max(kept.sum(), 1) * self._params.batch
        blocks = self.layout.blocks(self._params.batch)
        drawn = self._noise.probability * blocks * self.layout.pool
        # The chance that a row is used at least once.
        used = -np.expm1(-np.concatenate([centres, centres + drawn]))
        before = np.cumsum(used)
        cuts = before[-1] * np.arange(1, parts) / parts
        borders: list[int] = np.searchsorted(before, cuts, side="right").tolist()
        return borders

    def batches(
        self, rows: Texts, shared: Generator, random: Generator, lane: int
    ) -> Iterator[Batch]:
        """Yield a lane's share of one epoch over ``rows``.

        Args:
            rows: to visit in a random order, dealt out to the lanes in turn.
            shared: draws that order, and must draw the same for every lane.
            random: draws all else, for this lane alone.
            lane: its number.
        """
        starts, ends = pieces(rows.offsets)
        order = shared.permutation(len(starts))[lane::LANES]
        chunks = streams(rows.tokens, starts[order], ends[order], self._keep, random)
        for stream in batches(chunks, self._params.batch):
            yield self._batch(stream, random)

    def _batch(self, stream: Stream, random: Generator) -> Batch:
        layout = self.layout
        left, right = draw_reach(stream, self._params.R, self._params.dynamic_radius, random)
        contexts = layout.contexts(stream.tokens)
        centres = contexts[:, layout.radius : layout.radius + layout.block]
        keys = np.empty((len(contexts), layout.keys), np.int32)
        keys[:, : layout.window] = contexts
        keys[:, layout.window :] = self._noise.sample((len(contexts), layout.pool), random)
        case = layout.case(left, right)
        return Batch.of(case, centres.reshape(-1), keys.reshape(-1), self._words)
