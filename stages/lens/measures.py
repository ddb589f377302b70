"""The contrastive lens: what the geometry of learned vectors says, without any label.

All of it is computed from frequent words, whose vectors have been trained most.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stages.files.arrays import FloatArray, IntArray, LongArray
from stages.sampling.noise import NoiseDistribution
from stages.sampling.stream import Stream, draw_reach

FREQUENT = 2000  # words that geometry and PMI are taken over
NEIGHBOURS = 10  # of a word, for stability
LEAST_PAIRS = 20  # times that a pair must occur for its PMI to count
RIVALS = 10  # negatives that a true context is ranked against, whatever K is

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Positives of a stream: positions' words as centre and context, (pairs,) each."""

    centres: IntArray
    contexts: IntArray

    @classmethod
    def of(
        cls, streams: Iterable[Stream], radius: int, dynamic: bool, random: np.random.Generator
    ) -> "Pairs":
        """List the positives that training would draw from subsampled streams."""
        centres, contexts = [], []
        for stream in streams:
            left, right = draw_reach(stream, radius, dynamic, random)
            for distance in range(1, radius + 1):
                after = np.flatnonzero(right >= distance)
                before = np.flatnonzero(left >= distance)
                centres += [stream.tokens[after], stream.tokens[before]]
                contexts += [stream.tokens[after + distance], stream.tokens[before - distance]]
        empty = [np.zeros(0, np.int32)]
        return cls(np.concatenate(centres or empty), np.concatenate(contexts or empty))

    def __len__(self) -> int:
        return len(self.centres)

    def thinned(self, most: int) -> "Pairs":
        """Keep every so-manieth pair, so that no more than ``most`` are left."""
        step = max(1, -(-len(self) // most))
        return Pairs(self.centres[::step], self.contexts[::step])


def unit_rows(vectors: FloatArray) -> Array:
    """Return vectors of length 1 in float64; zero stays zero."""
    rows = vectors.astype(np.float64)
    lengths: Array = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Array = rows / np.where(lengths > 0, lengths, 1)
    return unit


def mean_cosine(vectors: FloatArray) -> float:
    """Return the mean cosine of two different rows: near 1 in a narrow cone.

    Mimno and Thompson (2017) found SGNS's vectors in one.
    """
    unit, count = unit_rows(vectors), len(vectors)
    total = float(np.square(unit.sum(0)).sum() - np.square(unit).sum())
    return total / max(count * (count - 1), 1)


def effective_rank(vectors: FloatArray) -> float:
    """Return exp of the entropy of the normalised singular values (Roy and Vetterli, 2007)."""
    # The triangle of QR has the singular values of the whole, and few rows.
    triangle = np.linalg.qr(vectors.astype(np.float64), mode="r")
    values = np.linalg.svd(triangle, compute_uv=False)
    share = values / max(values.sum(), np.finfo(np.float64).tiny)
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))


def uniformity(vectors: FloatArray) -> float:
    """Return log E exp(-2 |u - v|^2) over pairs of different unit rows: lower is more even.

    Wang and Isola (2020), eq. 5, with t = 2.
    """
    unit, count = unit_rows(vectors), len(vectors)
    potential = np.exp(4 * (unit @ unit.T) - 4)
    off_diagonal = potential.sum() - np.trace(potential)
    return float(np.log(off_diagonal / max(count * (count - 1), 1)))


def alignment(centre: FloatArray, context: FloatArray, pairs: Pairs) -> float:
    """Return E |u - v|^2 over positives, u the centre's unit vector and v the context's.

    Wang and Isola (2020), eq. 4, with alpha = 2: lower is closer.
    """
    u, v = unit_rows(centre), unit_rows(context)
    if len(pairs) == 0:
        return float("nan")
    cosine = np.einsum("ij,ij->i", u[pairs.centres], v[pairs.contexts])
    return float(2 - 2 * cosine.mean())


def retrieval(
    centre: FloatArray,
    context: FloatArray,
    pairs: Pairs,
    noise: NoiseDistribution,
    random: np.random.Generator,
) -> float:
    """Return how often a positive scores higher than all of ``RIVALS`` draws of the noise."""
    rivals = noise.sample((len(pairs), RIVALS), random)
    found = 0
    for start in range(0, len(pairs), 4096):
        part = slice(start, start + 4096)
        vectors = centre[pairs.centres[part]]
        true = np.einsum("ij,ij->i", vectors, context[pairs.contexts[part]])
        best = np.einsum("ij,ikj->ik", vectors, context[rivals[part]]).max(1)
        found += int((true > best).sum())
    return found / len(pairs) if len(pairs) else float("nan")


@dataclass(frozen=True)
class Fit:
    """Learned scores against what theory says they are, over pairs of frequent words."""

    slope: float
    intercept: float
    correlation: float
    pairs: int


@dataclass(frozen=True)
class Pmi:
    """Every pair that occurs: centre, context, log P(c|w) / P_noise(c) and count, (pairs,) each.

    The optimum of SGNS is this less log K (Levy and Goldberg, 2014, with the noise distribution
    that was used in place of the unigram one). drawn: how often the noise is expected to draw
    the context for the centre's positives, for K = 1. total: positives in all.
    """

    centres: LongArray
    contexts: LongArray
    value: Array
    count: LongArray
    drawn: Array
    total: int

    @classmethod
    def of(cls, pairs: Pairs, noise: NoiseDistribution) -> "Pmi":
        """Count pairs."""
        words = len(noise.probability)
        key = pairs.centres.astype(np.int64) * words + pairs.contexts
        found, count = np.unique(key, return_counts=True)
        centres, contexts = found // words, found % words
        of_centre = np.bincount(pairs.centres, minlength=words)
        drawn = of_centre[centres] * noise.probability[contexts]
        return cls(centres, contexts, np.log(count / drawn), count, drawn, len(pairs))


def scores_and_pmi(centre: FloatArray, context: FloatArray, pmi: Pmi) -> tuple[Array, Array]:
    """Return log P(c|w) / P_noise(c) and the score w.c of frequent pairs, (pairs,) each."""
    frequent = (pmi.centres <= FREQUENT) & (pmi.contexts <= FREQUENT)
    chosen = frequent & (pmi.count >= LEAST_PAIRS)
    vectors = centre[pmi.centres[chosen]], context[pmi.contexts[chosen]]
    return pmi.value[chosen], np.einsum("ij,ij->i", *vectors).astype(np.float64)


def fit_to_pmi(value: Array, scores: Array) -> Fit:
    """Regress scores on log P(c|w) / P_noise(c): theory has slope 1, intercept -log K."""
    if len(value) < 3:
        return Fit(float("nan"), float("nan"), float("nan"), len(value))
    slope, intercept = np.polyfit(value, scores, 1)
    correlation = np.corrcoef(value, scores)[0, 1]
    return Fit(float(slope), float(intercept), float(correlation), len(value))


def loss_floor(pmi: Pmi, negatives: int) -> float:
    """Return the least loss per positive on these pairs, where each score is its optimum.

    A pair that does not occur has the optimum minus infinity, and costs nothing. How far
    training stays above it: Melamud and Goldberger (2017).
    """
    best = pmi.value - np.log(negatives)
    attraction = pmi.count * np.logaddexp(0, -best)
    repulsion = negatives * pmi.drawn * np.logaddexp(0, best)
    return float((attraction + repulsion).sum() / pmi.total) if pmi.total else float("nan")


def stability(models: Sequence[FloatArray]) -> float:
    """Return the mean overlap of frequent words' nearest neighbours between models, 0 to 1.

    NaN for a single model.
    """
    nearest = [_neighbours(vectors[1 : FREQUENT + 1]) for vectors in models]
    overlaps = [
        float((first[:, :, None] == second[:, None, :]).any(2).mean())
        for i, first in enumerate(nearest)
        for second in nearest[i + 1 :]
    ]
    return float(np.mean(overlaps)) if overlaps else float("nan")


def _neighbours(vectors: FloatArray) -> LongArray:
    """Return each row's nearest others, in no order, (n, ``NEIGHBOURS``) if there are so many."""
    unit = unit_rows(vectors)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    many = min(NEIGHBOURS, len(cosines) - 1)
    nearest: LongArray = np.argpartition(-cosines, max(many - 1, 0), axis=1)[:, :many]
    return nearest


def geometry(centre: FloatArray, context: FloatArray) -> dict[str, float]:
    """Return what the vectors of frequent words look like, (V, d) each."""
    frequent = slice(1, FREQUENT + 1)
    return {
        "mean_cosine_centre": mean_cosine(centre[frequent]),
        "mean_cosine_context": mean_cosine(context[frequent]),
        "effective_rank": effective_rank(centre[frequent]),
        "uniformity": uniformity(centre[frequent]),
    }
