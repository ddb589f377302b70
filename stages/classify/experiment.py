"""All runs of one label budget: every method and seed, on the same rows, a process each."""

import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits

from stages import artifacts
from stages.artifacts import FloatArray, Labelled, Vocabulary
from stages.classify.embedding import ARMS, FROZEN, initial_embedding
from stages.classify.model import ClassAttention
from stages.classify.subset import labelled_subset, rows_of_words
from stages.classify.trainer import EpochScores, Run, Splits, train
from stages.console import StageError
from stages.device import choose_device
from stages.params import Params

TFIDF = "tfidf"
PROBE = "probe"
METHODS = (*ARMS, TFIDF, PROBE)


@dataclass(frozen=True)
class Job:
    """One run, described so that another process can do it.

    Run i starts from the i-th folder of ``vectors``, counted round: so the spread between runs
    holds that of pre-training.
    """

    method: str
    run: int
    budget: int
    vectors: tuple[Path, ...]
    params: Params

    @property
    def seed(self) -> int:
        """The seed of the run's subset, initial rows, batch order and dropout."""
        return self.params.seed * 2**16 + self.run


@dataclass(frozen=True)
class Outcome:
    """A finished run and the number of labelled examples it had."""

    job: Job
    labels: int
    result: Run


def run_jobs(jobs: Sequence[Job], device: torch.device) -> Iterator[Outcome]:
    """Yield finished runs as they come: on the CPU in a process for each core, one thread each.

    One thread for each run keeps its bytes the same however many cores there are.
    """
    if device.type != "cpu":
        yield from map(run_job, jobs)
        return
    # One more than cores, so that the last of an odd number of runs leaves no core idle.
    workers = min(len(jobs), (os.cpu_count() or 1) + 1)
    # Forked where that is safe, so that workers need not import torch again, nor what its
    # optimizers import when first used. This process has not started torch's threads.
    import torch._dynamo  # noqa: F401

    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(workers, context, _one_thread) as pool:
        futures = [pool.submit(run_job, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _one_thread() -> None:
    torch.set_num_threads(1)
    threadpool_limits(1)  # NumPy's and SciPy's own threads, which the baseline uses


def run_job(job: Job) -> Outcome:
    """Do one run from the files that ``tokenize`` and ``sgns`` left."""
    pool = artifacts.read_labelled("train")
    validation, test = artifacts.read_labelled("validation"), artifacts.read_labelled("test")
    subset = pool.take(labelled_subset(len(pool), job.budget, job.seed))
    vocabulary = artifacts.read_vocabulary("downstream")
    classes = len(artifacts.read_classes(artifacts.TOKENS / "downstream", "tokenize"))
    if job.method not in ARMS:
        from stages.classify.baseline import probe_scores, tfidf_scores  # slow to import

        three = subset, validation, test
        if job.method == TFIDF:
            valid_scores, test_scores = tfidf_scores(*three, len(vocabulary), classes)
        else:
            valid_scores, test_scores = probe_scores(
                *three, _centre_vectors(job, vocabulary), classes
            )
        only = EpochScores(0, float("nan"), valid_scores)
        return Outcome(job, len(subset), Run([], only, test_scores))
    splits = Splits(subset, validation, test)
    return Outcome(job, len(subset), _train_arm(job, splits, vocabulary, classes))


def _train_arm(job: Job, splits: Splits, vocabulary: Vocabulary, classes: int) -> Run:
    params = job.params.classify
    vectors = _centre_vectors(job, vocabulary)
    rows = rows_of_words(splits.train.rows, len(vocabulary), len(vectors))
    generator = torch.Generator().manual_seed(job.seed)
    table = initial_embedding(
        job.method, rows, torch.from_numpy(vectors), params.embedding_norm, generator
    )
    model = ClassAttention(table, classes, params.dropout, params.token_dropout, generator)
    model.embedding.requires_grad_(job.method != FROZEN)

    def encode(examples: Labelled) -> Labelled:
        return replace(examples, rows=rows.encode(examples.rows))

    encoded = Splits(encode(splits.train), encode(splits.validation), encode(splits.test))
    return train(model, encoded, params, job.seed, choose_device(job.params.device))


def _centre_vectors(job: Job, vocabulary: Vocabulary) -> FloatArray:
    folder = job.vectors[job.run % len(job.vectors)]
    vectors = artifacts.read_vectors(folder)
    if vectors.about.get("words_sha256") != vocabulary.words_sha256(len(vectors.centre)):
        raise StageError(
            f"{folder} was trained on another vocabulary than data/tokens has; "
            f"make it again with: dvc repro {artifacts.maker_of_vectors(folder)}"
        )
    return vectors.centre
