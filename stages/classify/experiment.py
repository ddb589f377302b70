"""All runs of one label budget: every method and seed, on the same rows, a process each."""

import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from threadpoolctl import threadpool_limits

from stages import artifacts
from stages.artifacts import FloatArray, Labelled
from stages.classify.embedding import ARMS, FROZEN, WORD2VEC, initial_embedding
from stages.classify.model import ClassAttention
from stages.classify.saved import Classifier
from stages.classify.subset import RowOfWord, labelled_subset, rows_of_words, vector_numbers
from stages.classify.trainer import Run, Splits, train
from stages.device import choose_device, keep_freed_memory
from stages.params import Params

TFIDF = "tfidf"
PROBE = "probe"
METHODS = (*ARMS, TFIDF, PROBE)
OTHER_WEIGHTS = 2**40  # apart from the seeds of tables


@dataclass(frozen=True)
class Job:
    """One run, described so that another process can do it.

    Run i starts from the i-th folder of ``vectors``, counted round: so the spread between runs
    holds that of pre-training.

    method: its name in the results: one of METHODS, or of a variant of ``word2vec``.
    keep: whether to hand back the model, and what it attends to.
    """

    method: str
    run: int
    budget: int
    vectors: tuple[Path, ...]
    params: Params
    keep: bool = False

    @property
    def seed(self) -> int:
        """The seed of the run's subset, initial rows, batch order and dropout."""
        return self.params.seed * 2**16 + self.run

    @property
    def arm(self) -> str:
        """What is done: the method, or ``word2vec`` where it is one of its variants."""
        return self.method if self.method in METHODS else WORD2VEC


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


def run_jobs(jobs: Sequence[Job], device: torch.device) -> Iterator[Outcome]:
    """Yield finished runs as they come: on the CPU in a process for each core, one thread each.

    One thread for each run keeps its bytes the same however many cores there are.
    """
    if device.type != "cpu":
        yield from map(run_job, jobs)
        return
    # One more than cores, so that the last of an odd number of runs leaves no core idle.
    workers = min(len(jobs), (os.cpu_count() or 1) + 1)
    # Forked where that is safe, so that workers need not import torch again. This process has
    # not started torch's threads.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(workers, context, _prepare_worker) as pool:
        futures = [pool.submit(run_job, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _prepare_worker() -> None:
    keep_freed_memory()
    torch.set_num_threads(1)
    threadpool_limits(1)  # NumPy's and SciPy's own threads, which the baseline uses


def run_job(job: Job) -> Outcome:
    """Do one run from the files that ``tokenize`` and ``sgns`` left."""
    pool, validation, test = map(artifacts.read_labelled, artifacts.DOWNSTREAM_SPLITS)
    subset = pool.take(labelled_subset(len(pool), job.budget, job.seed))
    splits = Splits(subset, validation, test)
    words = artifacts.read_vocabulary(artifacts.LABELLED, "tokenize")
    classes = artifacts.read_classes(artifacts.LABELLED, "tokenize")
    if job.arm == TFIDF:
        from stages.classify.baseline import seen_words, tfidf_scores  # slow to import

        scores = tfidf_scores(*splits.all(), len(words), len(classes))
        return Outcome(
            job,
            len(subset),
            _share(~seen_words(subset, len(words)), test),
            Run.without_history(scores),
        )
    folder = job.vectors[job.run % len(job.vectors)]
    vectors = artifacts.read_vectors(folder).centre
    made_by = artifacts.maker_of_vectors(folder)
    known = vector_numbers(words, artifacts.read_vocabulary(folder, made_by))
    if job.arm == PROBE:
        from stages.classify.baseline import probe_scores

        of_words = vectors[known] * (known > 0)[:, None]
        scores = probe_scores(*splits.all(), of_words, len(classes))
        return Outcome(job, len(subset), _share(known == 0, test), Run.without_history(scores))
    rows = rows_of_words(subset.rows, known)
    unknown = _share(rows.index == 0, test)
    encoded = Splits(*(replace(s, rows=rows.encode(s.rows)) for s in splits.all()))
    model, result = _train_arm(job, encoded, rows, vectors, len(classes))
    kept = None
    if job.keep:
        own_words = [words.words[i] for i in rows.words()]
        kept = Classifier.of(model, encoded.validation, own_words, classes)
    return Outcome(job, len(subset), unknown, result, kept)


def _train_arm(
    job: Job, splits: Splits, rows: RowOfWord, vectors: FloatArray, classes: int
) -> tuple[ClassAttention, Run]:
    params = job.params.classify
    generator = torch.Generator().manual_seed(job.seed)
    table = initial_embedding(
        job.arm, rows, torch.from_numpy(vectors), params.embedding_norm, generator
    )
    # A generator of its own: tables differ in size between vectors, and draw more or less.
    other = torch.Generator().manual_seed(job.seed + OTHER_WEIGHTS)
    model = ClassAttention(table, classes, params.dropout, params.token_dropout, other)
    model.embedding.requires_grad_(job.arm != FROZEN)
    return model, train(model, splits, params, job.seed, choose_device(job.params.device))


def _share(unknown: npt.NDArray[np.bool_], examples: Labelled) -> float:
    """Return the share of tokens of which ``unknown``, (words,), says so."""
    return float(unknown[examples.rows.tokens].mean()) if len(examples.rows.tokens) else 0.0
