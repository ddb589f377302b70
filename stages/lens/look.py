"""What the models of one R and K look like through the contrastive lens: ``models/lens/...``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from stages.core.arrays import FloatArray, LongArray
from stages.core.atomic import output_folder, write_csv
from stages.core.console import say
from stages.core.randomness import stream
from stages.lens import measures
from stages.lens.columns import (
    DIAGNOSTIC_COLUMNS,
    LOSS_FLOOR,
    NEIGHBOUR_COLUMNS,
    SCORE_COLUMNS,
)
from stages.lens.measures import Pmi, Positives
from stages.lens.neighbours import nearest
from stages.sampling.noise import NoiseDistribution
from stages.sampling.stream import Stream, keep_probability, pieces, streams
from stages.vectors.tokens import TOKENS, Texts, Vocabulary, read_texts, read_vocabulary
from stages.vectors.vectors import (
    MODEL,
    TRAIN_LOSS,
    Sampling,
    WordVectors,
    last_loss,
    model_folders,
    read_vectors,
    require_words,
    sampling_of,
)

MOST_PAIRS = 2**24  # of the training split: more would take much memory and tell little more
MOST_HELD_OUT = 2**16  # of the validation split
SHOWN_PAIRS = 1500  # whose scores are written beside their PMI
SHOWN_WORDS = 500  # whose neighbours are written
TRAIN, VALIDATION, RIVALS = "lens.train", "lens.validation", "lens.rivals"  # random streams


class Lens:
    """The positives that all models of one (R, K) are looked at with."""

    def __init__(
        self,
        train: Texts,
        validation: Texts,
        counts: LongArray,
        sampling: Sampling,
        *,
        seed: int,
    ) -> None:
        """Draw positives as training does."""
        self._sampling, self._seed = sampling, seed
        self._keep = keep_probability(counts, sampling.subsample)
        noise = NoiseDistribution(counts, sampling.noise_power)
        pmi = Pmi.of(self._draw(train, TRAIN, MOST_PAIRS), noise)
        self._frequent, self._total = pmi.frequent(), pmi.total
        self._floor = measures.loss_floor(pmi, sampling.K)
        self._held_out = self._draw(validation, VALIDATION, MOST_HELD_OUT).pairs(MOST_HELD_OUT)
        shape = self._held_out.shape[1], measures.RIVALS
        self._rivals = noise.sample(shape, stream(RIVALS, seed))

    def look_at(self, model: WordVectors, train_loss: float) -> dict[str, float]:
        """Return the diagnostics of one model, without its number and the models' stability."""
        centre, context = model.centre, model.context
        slope, intercept, correlation = measures.fit_to_pmi(*self._scores(model))
        return measures.geometry(centre, context) | {
            "alignment": measures.alignment(centre, context, self._held_out),
            "retrieval": measures.retrieval(centre, context, self._held_out, self._rivals),
            "pmi_slope": slope,
            "pmi_intercept": intercept,
            "pmi_correlation": correlation,
            "pmi_pairs": len(self._frequent.value),
            TRAIN_LOSS: train_loss,
            LOSS_FLOOR: self._floor,
            "floor_pairs": self._total,
        }

    def some_scores(self, model: WordVectors) -> list[tuple[float, float]]:
        """Return PMI and score of some frequent pairs, evenly from all of them."""
        value, scores = self._scores(model)
        step = max(1, -(-len(value) // SHOWN_PAIRS))
        order = np.argsort(value, kind="stable")[::step]
        return [(round(float(value[i]), 4), round(float(scores[i]), 4)) for i in order]

    def _scores(self, model: WordVectors) -> tuple[measures.Array, measures.Array]:
        """Return the PMI of frequent pairs, and their learned scores w.c, (pairs,) each."""
        pairs = self._frequent
        learned = measures.products(model.centre, pairs.centres, model.context, pairs.contexts)
        return pairs.value, learned

    def _draw(self, rows: Texts, name: str, most: int) -> Positives:
        """Draw about ``most`` positives, if there are so many."""
        random = stream(name, self._seed)
        starts, ends = pieces(rows.offsets)
        order = random.permutation(len(starts))
        chunks = streams(rows.tokens, starts[order], ends[order], self._keep, random)
        of_token = self._sampling.R + 1 if self._sampling.dynamic_radius else 2 * self._sampling.R
        enough = _up_to(chunks, most // of_token)
        return Positives.of(enough, self._sampling.R, self._sampling.dynamic_radius, random)


def _up_to(chunks: Iterator[Stream], tokens: int) -> Iterator[Stream]:
    for chunk in chunks:
        if tokens <= 0:
            return
        yield chunk
        tokens -= len(chunk)


def look(folder: Path, out: Path, seed: int) -> None:
    """Look at all models in a folder of vectors, with positives drawn as their training did."""
    folders = model_folders(folder)
    models = [read_vectors(model) for model in folders]
    sampling = sampling_of(folder, models[0])
    tokens = TOKENS / sampling.corpus
    vocabulary = read_vocabulary(tokens)
    require_words(folder, models[0], vocabulary)
    train, validation = (read_texts(tokens, split) for split in ("train", "validation"))
    lens = Lens(train, validation, vocabulary.counts, sampling, seed=seed)
    seen = [
        lens.look_at(model, last_loss(path, TRAIN_LOSS))
        for model, path in zip(models, folders, strict=True)
    ]
    with output_folder(out) as partial:
        write_diagnostics(partial, seen, measures.stability([model.centre for model in models]))
        write_csv(partial / "scores.csv", SCORE_COLUMNS, lens.some_scores(models[0]))
        write_neighbours(partial, vocabulary, models[0].centre)
    say(f"lens: {folder}: {len(models)} models, R={sampling.R} K={sampling.K} on {sampling.corpus}")


def write_neighbours(folder: Path, vocabulary: Vocabulary, vectors: FloatArray) -> None:
    """Write ``neighbours.csv``: the nearest words of the most frequent ones, nearest first."""
    words = range(1, min(1 + SHOWN_WORDS, len(vocabulary)))
    found = nearest(vectors, words, measures.NEIGHBOURS)
    rows = [
        (vocabulary.words[i], vocabulary.words[j], round(cosine, 4))
        for i, near in zip(words, found, strict=True)
        for j, cosine in near
    ]
    write_csv(folder / "neighbours.csv", NEIGHBOUR_COLUMNS, rows)


def write_diagnostics(folder: Path, rows: Sequence[dict[str, float]], stability: float) -> None:
    """Write a row a model; ``stability`` is of all together."""
    lines = [row | {MODEL: model, "stability": stability} for model, row in enumerate(rows)]
    table = [[line[name] for name in DIAGNOSTIC_COLUMNS] for line in lines]
    write_csv(folder / "diagnostics.csv", DIAGNOSTIC_COLUMNS, table)
