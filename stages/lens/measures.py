"""The contrastive lens: what the geometry of learned vectors says, without any label.

All of it is computed from frequent words, whose vectors have been trained most.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from stages.core.arrays import FloatArray, IntArray
from stages.core.compiled import log8
from stages.lens import kernels
from stages.sampling.noise import NoiseDistribution
from stages.sampling.stream import Stream, draw_reach

FREQUENT = 2000  # words that geometry and PMI are taken over
NEIGHBOURS = 10  # of a word, for stability
LEAST_PAIRS = 20  # times that a pair must occur for its PMI to count
RIVALS = 10  # negatives that a true context is ranked against, whatever K is

Array = npt.NDArray[np.float64]
Floats = FloatArray | Array


@dataclass(frozen=True)
class Positives:
    """Places of a stream with all that each reaches: (t,) ids, and how far to left and right."""

    tokens: IntArray
    left: IntArray
    right: IntArray

    @classmethod
    def of(
        cls, streams: Iterable[Stream], radius: int, dynamic: bool, random: np.random.Generator
    ) -> "Positives":
        """Draw the positives that training would draw from subsampled streams."""
        drawn = [(s.tokens, *draw_reach(s, radius, dynamic, random)) for s in streams]
        empty = (np.zeros(0, np.int32),) * 3
        return cls(*(np.concatenate(parts) for parts in zip(*(drawn or [empty]), strict=True)))

    def __len__(self) -> int:
        return int(self.left.sum() + self.right.sum())

    def pairs(self, most: int) -> IntArray:
        """Return centres and contexts of every n-th positive, at most ``most``, (2, pairs)."""
        step = max(1, -(-len(self) // most))
        pairs = np.empty((2, -(-len(self) // step)), np.int32)
        kernels.list_pairs(self.tokens, self.left, self.right, step, pairs[0], pairs[1])
        return pairs


def unit_rows(vectors: FloatArray) -> Array:
    """Return vectors of length 1 in float64; zero stays zero."""
    unit = np.empty(vectors.shape)
    kernels.to_unit(vectors.astype(np.float64), unit)
    return unit


def products(one: Floats, rows: IntArray, other: Floats, columns: IntArray) -> Array:
    """Return the products of rows of one array and rows of another, for each pair, (pairs,)."""
    found = np.empty(len(rows))
    kernels.dots(one, rows, other, columns, found)
    return found


def mean_cosine(vectors: FloatArray) -> float:
    """Return the mean cosine of two different rows: near 1 in a narrow cone.

    Mimno and Thompson (2017) found SGNS's vectors in one.
    """
    unit, count = unit_rows(vectors), len(vectors)
    total = float(np.square(unit.sum(0)).sum() - np.square(unit).sum())
    return total / max(count * (count - 1), 1)


def effective_rank(vectors: FloatArray) -> float:
    """Return exp of the entropy of the normalised singular values (Roy and Vetterli, 2007)."""
    columns = np.ascontiguousarray(vectors.T, np.float64)
    return float(kernels.effective_rank(columns))


def uniformity(vectors: FloatArray) -> float:
    """Return log E exp(-2 |u - v|^2) over pairs of different unit rows: lower is more even.

    Wang and Isola (2020), eq. 5, with t = 2.
    """
    count = len(vectors)
    mean = kernels.potential(unit_rows(vectors)) / max(count * (count - 1), 1)
    return float(log8(mean))


def alignment(centre: FloatArray, context: FloatArray, pairs: IntArray) -> float:
    """Return E |u - v|^2 over positives, (2, pairs), of unit vectors of centre and context.

    Wang and Isola (2020), eq. 4, with alpha = 2: lower is closer.
    """
    if pairs.size == 0:
        return float("nan")
    cosine = products(unit_rows(centre), pairs[0], unit_rows(context), pairs[1])
    return float(2 - 2 * cosine.mean())


def retrieval(centre: FloatArray, context: FloatArray, pairs: IntArray, rivals: IntArray) -> float:
    """Return how often a positive, (2, pairs), scores above all its rivals, (pairs, rivals)."""
    won = kernels.wins(centre, context, pairs[0], pairs[1], rivals)
    return won / len(rivals) if len(rivals) else float("nan")


@dataclass(frozen=True)
class Pmi:
    """Every pair that occurs: centre, context, log P(c|w) / P_noise(c) and count, (pairs,) each.

    The optimum of SGNS is this less log K (Levy and Goldberg, 2014, with the noise distribution
    that was used in place of the unigram one). drawn: how often the noise is expected to draw
    the context for the centre's positives, for K = 1. total: positives in all.
    """

    centres: IntArray
    contexts: IntArray
    value: Array
    count: IntArray
    drawn: Array
    total: int

    @classmethod
    def of(cls, positives: Positives, noise: NoiseDistribution) -> "Pmi":
        """Count pairs."""
        words, total = len(noise.probability), len(positives)
        tokens, left, right = positives.tokens, positives.left, positives.right
        room = [np.empty(total, np.int32) for _ in range(3)]  # what is not used takes no memory
        many = kernels.count_pairs(tokens, left, right, words, *room)
        centres, contexts, count = (array[:many] for array in room)
        of_centre = np.bincount(tokens, left + right, words)
        value, drawn = np.empty(many), np.empty(many)
        kernels.theory(centres, contexts, count, noise.probability, of_centre, value, drawn)
        return cls(centres, contexts, value, count, drawn, total)

    def frequent(self) -> "Pmi":
        """Return the frequent pairs of frequent words."""
        frequent = (self.centres <= FREQUENT) & (self.contexts <= FREQUENT)
        chosen = frequent & (self.count >= LEAST_PAIRS)
        pairs = self.centres[chosen], self.contexts[chosen], self.value[chosen]
        return Pmi(*pairs, self.count[chosen], self.drawn[chosen], self.total)


def fit_to_pmi(value: Array, scores: Array) -> tuple[float, float, float]:
    """Regress scores on log P(c|w) / P_noise(c): theory has slope 1, intercept -log K.

    Returns:
        Slope, intercept and correlation; NaN of fewer than three pairs.
    """
    if len(value) < 3:
        return (float("nan"),) * 3
    x, y = value - value.mean(), scores - scores.mean()
    xx, xy, yy = ((a * b).sum() for a, b in ((x, x), (x, y), (y, y)))  # not BLAS's sums
    slope = xy / xx
    intercept = scores.mean() - slope * value.mean()
    return float(slope), float(intercept), float(xy / np.sqrt(xx * yy))


def loss_floor(pmi: Pmi, negatives: int) -> float:
    """Return the least loss per positive on these pairs, where each score is its optimum.

    A pair that does not occur has the optimum minus infinity, and costs nothing. How far
    training stays above it: Melamud and Goldberger (2017).
    """
    least = kernels.least_loss(pmi.value, pmi.count, pmi.drawn, negatives)
    return least / pmi.total if pmi.total else float("nan")


def nearest(
    vectors: FloatArray, rows: npt.ArrayLike, many: int, first: int = 0
) -> tuple[IntArray, FloatArray]:
    """Return the nearest others of some rows, by cosine: nearest first, of equals the first.

    Args:
        vectors: (n, d).
        rows: (m,) numbers of rows, from ``first``.
        many: neighbours of each, if there are so many rows.
        first: the first row that is anybody's neighbour.

    Returns:
        Their numbers and cosines, (m, many) each.
    """
    chosen = np.asarray(rows, np.int32)
    shape = len(chosen), max(min(many, len(vectors) - first - 1), 0)
    found, cosines = np.zeros(shape, np.int32), np.full(shape, -2, np.float32)
    if found.size:
        unit = unit_rows(vectors).astype(np.float32)
        kernels.nearest(unit, chosen, first, found, cosines)
    return found, cosines


def stability(models: Sequence[FloatArray]) -> float:
    """Return the mean overlap of frequent words' nearest neighbours between models, 0 to 1.

    NaN for a single model.
    """
    if len(models) < 2:
        return float("nan")
    frequent = [vectors[1 : FREQUENT + 1] for vectors in models]
    near = [nearest(rows, range(len(rows)), NEIGHBOURS)[0] for rows in frequent]
    overlaps = [
        (first[:, :, None] == second[:, None, :]).any(2).mean()
        for first, second in combinations(near, 2)
    ]
    return float(np.mean(overlaps))


def geometry(centre: FloatArray, context: FloatArray) -> dict[str, float]:
    """Return what the vectors of frequent words look like, (V, d) each."""
    frequent = slice(1, FREQUENT + 1)
    return {
        "mean_cosine_centre": mean_cosine(centre[frequent]),
        "mean_cosine_context": mean_cosine(context[frequent]),
        "effective_rank": effective_rank(centre[frequent]),
        "uniformity": uniformity(centre[frequent]),
    }
