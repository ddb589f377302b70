"""All runs of some methods and budgets: one in each thread, and a thread for each core."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from stages.classify.embedding import initial_embedding
from stages.classify.learners import Device
from stages.classify.params import Settings
from stages.classify.saved import Classifier
from stages.classify.subset import labelled_subset, rows_of_words, vector_numbers
from stages.classify.trainer import EpochScores, Run, Splits, Trainee, train
from stages.classify.weights import initial_weights
from stages.core.arrays import FloatArray, LongArray
from stages.core.workers import usable_cores
from stages.results.methods import (
    ARMS,
    FROZEN,
    METHODS,
    TFIDF,
    TFIDF_BIGRAMS,
    WORD2VEC,
    Method,
)
from stages.texts.classes import read_classes
from stages.vectors.tokens import (
    DOWNSTREAM,
    DOWNSTREAM_SPLITS,
    LabelledTexts,
    Vocabulary,
    read_labelled,
    read_vocabulary,
)
from stages.vectors.vectors import read_vectors


@dataclass(frozen=True)
class Job:
    """One run.

    Run i starts from the i-th folder of ``vectors``, counted round: so the spread between runs
    holds that of pre-training.

    method: its name in the results: one of METHODS, or of a variant of ``word2vec``.
    vectors: none where the method reads none.
    corpus, dim: for random rows, the tokens that SGNS is to learn from, and its vectors' width.
    keep: whether to hand back the model, and what it attends to.
    """

    method: str
    run: int
    budget: int
    vectors: tuple[Path, ...]
    params: Settings
    corpus: Path | None = None
    dim: int = 0
    keep: bool = False

    @property
    def does(self) -> Method:
        """What is done: that of the method, or of ``word2vec`` where it is one of its variants."""
        return METHODS.get(self.method, METHODS[WORD2VEC])

    @property
    def arm(self) -> str:
        """What the embedding starts from, or which regression it is."""
        return self.does.arm

    @property
    def folder(self) -> Path:
        """The folder of the run's vectors."""
        return self.vectors[self.run % len(self.vectors)]

    @property
    def of_words(self) -> Path:
        """The folder whose vocabulary has the words with rows of their own in any run."""
        return self.corpus or self.folder


@dataclass(frozen=True)
class Outcome:
    """A finished run.

    labels: labelled examples it had. unknown: share of the test split's tokens that it reads as
    ``<unk>``. model: what it learned, where the job asks to keep it.
    """

    job: Job
    labels: int
    unknown: float
    result: Run
    model: Classifier | None = None


@dataclass(frozen=True)
class Inputs:
    """What runs read, each file once.

    pool, validation, test: in ids of words. known: by folder of tokens or of vectors, the number
    of each word's vector, (words,), 0 for none. vectors: by folder, the centre vectors, (V, d).
    """

    pool: LabelledTexts
    validation: LabelledTexts
    test: LabelledTexts
    words: Vocabulary
    classes: tuple[str, ...]
    known: Mapping[Path, LongArray]
    vectors: Mapping[Path, FloatArray]

    @classmethod
    def of(cls, jobs: Sequence[Job]) -> "Inputs":
        """Read what ``tokenize`` and ``sgns`` left for some runs.

        Raises:
            StageError: a file is missing or damaged.
        """
        train, validation, test = map(read_labelled, DOWNSTREAM_SPLITS)
        words = read_vocabulary(DOWNSTREAM)
        classes = read_classes(DOWNSTREAM)
        of_words = dict.fromkeys(job.of_words for job in jobs if job.corpus or job.vectors)
        of_vectors = dict.fromkeys(job.folder for job in jobs if job.vectors and not job.corpus)
        known = {folder: vector_numbers(words, read_vocabulary(folder)) for folder in of_words}
        vectors = {folder: read_vectors(folder).centre for folder in of_vectors}
        return cls(train, validation, test, words, tuple(classes), known, vectors)

    def splits(self, job: Job) -> Splits:
        """Return the labelled subset of a run and the other splits, in ids of words."""
        chosen = labelled_subset(len(self.pool), job.budget, job.params.seed, job.run)
        return Splits(self.pool.take(chosen), self.validation, self.test)


def run_jobs(jobs: Sequence[Job], device: Device) -> Iterator[Outcome]:
    """Yield finished runs as they come, those of the largest budgets first.

    On the CPU each is done in one thread: its bytes do not depend on what runs beside it.

    Raises:
        StageError: an input is missing or damaged, or a run has diverged.
    """
    inputs = Inputs.of(jobs)
    if any(job.arm not in ARMS for job in jobs):
        import stages.classify.baseline  # noqa: F401  # has libraries with threads of their own
    ordered = sorted(jobs, key=lambda job: -job.budget)
    pool = ThreadPoolExecutor(usable_cores() if device == "cpu" else 1)
    with threadpool_limits(1), pool:
        futures = [pool.submit(run_job, job, inputs, device) for job in ordered]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def run_job(job: Job, inputs: Inputs, device: Device) -> Outcome:
    """Do one run."""
    return (_classifier if job.arm in ARMS else _regression)(job, inputs, device)


def _classifier(job: Job, inputs: Inputs, device: Device) -> Outcome:
    splits, params = inputs.splits(job), job.params
    vectors = np.zeros((0, job.dim), np.float32) if job.corpus else inputs.vectors[job.folder]
    rows = rows_of_words(splits.train.texts, inputs.known[job.of_words])
    run = {"seed": params.seed, "run": job.run}
    table = initial_embedding(job.arm, rows, vectors, params.classify.embedding_norm, **run)
    weights = initial_weights(table, len(inputs.classes), **run)
    encoded = Splits(*(replace(s, texts=rows.encode(s.texts)) for s in splits))
    trainee = Trainee(weights, encoded, job.run, job.arm != FROZEN, job.keep)
    result, trained = train(trainee, params.recipe(job.does.recipe), params.seed, device)
    kept = None
    if trained is not None:
        words = [inputs.words.words[i] for i in rows.words()]
        kept = Classifier.of(trained, encoded.validation, words, inputs.classes)
    unknown = _share(rows.index == 0, splits.test)
    return Outcome(job, len(splits.train), unknown, result, kept)


def _regression(job: Job, inputs: Inputs, _: Device) -> Outcome:
    from stages.classify.baseline import probe_scores, seen_words, tfidf_scores  # slow to import

    splits, words, classes = inputs.splits(job), len(inputs.words), len(inputs.classes)
    if job.arm in (TFIDF, TFIDF_BIGRAMS):
        bigrams = job.arm == TFIDF_BIGRAMS
        validation, test = tfidf_scores(*splits, words, classes, bigrams=bigrams)
        unknown = ~seen_words(splits.train, words)
    else:
        known = inputs.known[job.folder]
        of_words = inputs.vectors[job.folder][known] * (known > 0)[:, None]
        validation, test = probe_scores(*splits, of_words, classes)
        unknown = known == 0
    result = Run([], EpochScores(0, float("nan"), validation), test)
    return Outcome(job, len(splits.train), _share(unknown, splits.test), result)


def _share(unknown: npt.NDArray[np.bool_], examples: LabelledTexts) -> float:
    """Return the share of tokens of which ``unknown``, (words,), says so."""
    return float(unknown[examples.texts.tokens].mean()) if len(examples.texts.tokens) else 0.0
