"""What one (R, K) looks like through the contrastive lens: ``diagnostics.csv``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from stages.files.arrays import FloatArray, LongArray
from stages.files.atomic import write_csv
from stages.files.tokens import Texts, Vocabulary
from stages.files.vectors import MODEL
from stages.params.sgns import SgnsParams
from stages.sgns import lens
from stages.sgns.lens import Pairs, Pmi
from stages.sgns.negatives import NoiseDistribution
from stages.sgns.neighbours import nearest
from stages.sgns.trainer import Epoch
from stages.sgns.windows import Stream, keep_probability, pieces, streams

MOST_PAIRS = 2**24  # of the training split: more would take much memory and tell little more
MOST_HELD_OUT = 2**16  # of the validation split
SHOWN_PAIRS = 1500  # whose scores are written beside their PMI
SHOWN_WORDS = 500  # whose neighbours are written
COLUMNS = (
    MODEL,
    "mean_cosine_centre",
    "mean_cosine_context",
    "effective_rank",
    "uniformity",
    "alignment",
    "retrieval",
    "pmi_slope",
    "pmi_intercept",
    "pmi_correlation",
    "pmi_pairs",
    "train_loss",
    "loss_floor",
    "floor_pairs",
    "stability",
)
_TRAIN, _VALIDATION, _RIVALS = range(11, 14)  # random streams, apart from training's


class Lens:
    """The positives that all models of one (R, K) are looked at with."""

    def __init__(
        self,
        train: Texts,
        validation: Texts,
        counts: LongArray,
        params: SgnsParams,
        *,
        seed: int,
    ) -> None:
        """Draw positives as training does."""
        self._params, self._seed = params, seed
        self._keep = keep_probability(counts, params.subsample)
        self._noise = NoiseDistribution(counts, params.noise_power)
        self._pmi = Pmi.of(self._draw(train, [seed, _TRAIN], MOST_PAIRS), self._noise)
        self._held_out = self._draw(validation, [seed, _VALIDATION], MOST_HELD_OUT)
        self._floor = lens.loss_floor(self._pmi, params.K)

    def look_at(
        self, centre: FloatArray, context: FloatArray, history: Sequence[Epoch]
    ) -> dict[str, float]:
        """Return the diagnostics of one model, without its number and the models' stability."""
        random = np.random.default_rng([self._seed, _RIVALS])
        fit = lens.fit_to_pmi(*lens.scores_and_pmi(centre, context, self._pmi))
        trained = history[-1].train
        return lens.geometry(centre, context) | {
            "alignment": lens.alignment(centre, context, self._held_out),
            "retrieval": lens.retrieval(centre, context, self._held_out, self._noise, random),
            "pmi_slope": fit.slope,
            "pmi_intercept": fit.intercept,
            "pmi_correlation": fit.correlation,
            "pmi_pairs": fit.pairs,
            "train_loss": trained.total if trained else float("nan"),
            "loss_floor": self._floor,
            "floor_pairs": self._pmi.total,
        }

    def some_scores(self, centre: FloatArray, context: FloatArray) -> list[tuple[float, float]]:
        """Return PMI and score of some frequent pairs, evenly from all of them."""
        value, scores = lens.scores_and_pmi(centre, context, self._pmi)
        step = max(1, -(-len(value) // SHOWN_PAIRS))
        order = np.argsort(value, kind="stable")[::step]
        return [(round(float(value[i]), 4), round(float(scores[i]), 4)) for i in order]

    def _draw(self, rows: Texts, seed: Sequence[int], most: int) -> Pairs:
        random = np.random.default_rng(seed)
        starts, ends = pieces(rows.offsets)
        order = random.permutation(len(starts))
        chunks = streams(rows.tokens, starts[order], ends[order], self._keep, random)
        enough = _up_to(chunks, most // (self._params.R + 1))
        pairs = Pairs.of(enough, self._params.R, self._params.dynamic_radius, random)
        return pairs.thinned(most)


def _up_to(chunks: Iterator[Stream], tokens: int) -> Iterator[Stream]:
    for chunk in chunks:
        if tokens <= 0:
            return
        yield chunk
        tokens -= len(chunk)


def write_scores(folder: Path, scores: Sequence[tuple[float, float]]) -> None:
    """Write ``scores.csv``: learned scores beside what theory says they grow with."""
    write_csv(folder / "scores.csv", ("pmi", "score"), scores)


def write_neighbours(folder: Path, vocabulary: Vocabulary, vectors: FloatArray) -> None:
    """Write ``neighbours.csv``: the nearest words of the most frequent ones, nearest first."""
    words = range(1, min(1 + SHOWN_WORDS, len(vocabulary)))
    found = nearest(vectors, words, lens.NEIGHBOURS)
    rows = [
        (vocabulary.words[i], vocabulary.words[j], round(cosine, 4))
        for i, near in zip(words, found, strict=True)
        for j, cosine in near
    ]
    write_csv(folder / "neighbours.csv", ("word", "neighbour", "cosine"), rows)


def write_diagnostics(folder: Path, rows: Sequence[dict[str, float]], stability: float) -> None:
    """Write a row a model; ``stability`` is of all together."""
    lines = [row | {MODEL: model, "stability": stability} for model, row in enumerate(rows)]
    write_csv(
        folder / "diagnostics.csv", COLUMNS, [[line[name] for name in COLUMNS] for line in lines]
    )
