"""All runs of some methods and budgets: several trained as one stack, a process for each core."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from threadpoolctl import threadpool_limits

from stages.classify.embedding import initial_embedding
from stages.classify.model import ClassAttention
from stages.classify.saved import Classifier
from stages.classify.settings import Settings
from stages.classify.streams import WEIGHTS
from stages.classify.subset import RowOfWord, labelled_subset, rows_of_words, vector_numbers
from stages.classify.trainer import Run, Splits, Trainee, train
from stages.device import choose_device, keep_freed_memory
from stages.files.arrays import FloatArray, LongArray
from stages.files.classes import read_classes
from stages.files.methods import ARMS, FROZEN, METHODS, TFIDF, TFIDF_BIGRAMS, WORD2VEC, Method
from stages.files.tokens import (
    DOWNSTREAM,
    DOWNSTREAM_SPLITS,
    TOKENS,
    LabelledTexts,
    Vocabulary,
    read_labelled,
    read_vocabulary,
)
from stages.files.vectors import maker_of_vectors, read_vectors
from stages.randomness import torch_stream
from stages.workers import in_processes, usable_cores


@dataclass(frozen=True)
class Job:
    """One run, described so that another process can do it.

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
    """Yield finished runs as they come: on the CPU from a process for each core, of one thread.

    A run's bytes depend neither on the processes nor on what it is stacked with.
    """
    if device.type != "cpu":
        for task in tasks_of(jobs, 1):
            yield from run_task(task)
        return
    cores = usable_cores()
    for outcomes in in_processes(run_task, tasks_of(jobs, cores), cores, _prepare_worker):
        yield from outcomes


def tasks_of(jobs: Sequence[Job], cores: int) -> list[tuple[Job, ...]]:
    """Return what is done together, longest first: stacks of runs, then regressions one by one.

    The runs of a budget and recipe, frozen ones apart, are dealt out to as many stacks as there
    are cores.
    """
    alike: dict[tuple[int, str, bool], list[Job]] = {}
    for job in jobs:
        if job.arm in ARMS:
            key = -job.budget, job.does.recipe, job.arm == FROZEN
            alike.setdefault(key, []).append(job)
    stacks = [tuple(alike[key][core::cores]) for key in sorted(alike) for core in range(cores)]
    alone = [(job,) for job in jobs if job.arm not in ARMS]
    return [task for task in (*stacks, *alone) if task]


def _prepare_worker() -> None:
    keep_freed_memory()
    torch.set_num_threads(1)
    threadpool_limits(1)  # NumPy's and SciPy's own threads, which the regressions use


def run_job(job: Job) -> Outcome:
    """Do one run from the files that ``tokenize`` and ``sgns`` left."""
    return run_task((job,))[0]


def run_task(jobs: Sequence[Job]) -> list[Outcome]:
    """Do runs that are trained as one stack, or a single regression."""
    if jobs[0].arm not in ARMS:
        return [_regression(job) for job in jobs]
    runs = [_start(job) for job in jobs]
    params = jobs[0].params
    results = train(
        [run.trainee for run in runs],
        params.recipe(jobs[0].does.recipe),
        params.seed,
        choose_device(params.device),
        moving=jobs[0].arm != FROZEN,
    )
    return [run.outcome(result) for run, result in zip(runs, results, strict=True)]


@dataclass(frozen=True)
class _Started:
    """A run of the classifier, ready to be trained. unknown: as in ``Outcome``."""

    job: Job
    trainee: Trainee
    words: tuple[str, ...]
    unknown: float

    def outcome(self, result: Run) -> Outcome:
        """Return the finished run; ``trainee.model`` is the trained one."""
        kept, splits = None, self.trainee.splits
        if self.job.keep:
            classes = _classes()
            kept = Classifier.of(self.trainee.model, splits.validation, self.words, classes)
        return Outcome(self.job, len(splits.train), self.unknown, result, kept)


def _start(job: Job) -> _Started:
    """Read what a run needs and make its model as it starts."""
    splits, words = _splits(job), _words()
    if job.corpus is not None:  # its words have rows as they do in word2vec's arm
        known = vector_numbers(words, _vocabulary(job.corpus))
        vectors = np.zeros((0, job.dim), np.float32)
    else:
        known = vector_numbers(words, _vocabulary(job.folder))
        vectors = read_vectors(job.folder).centre
    rows = rows_of_words(splits.train.texts, known)
    encoded = Splits(*(replace(s, texts=rows.encode(s.texts)) for s in splits.all()))
    return _Started(
        job,
        Trainee(_model(job, rows, vectors), encoded, job.run),
        tuple(words.words[i] for i in rows.words()),
        _share(rows.index == 0, splits.test),
    )


def _model(job: Job, rows: RowOfWord, vectors: FloatArray) -> ClassAttention:
    params = job.params
    norm = params.classify.embedding_norm
    table = initial_embedding(
        job.arm, rows, torch.from_numpy(vectors), norm, seed=params.seed, run=job.run
    )
    return ClassAttention(table, len(_classes()), torch_stream(WEIGHTS, params.seed, job.run))


def _regression(job: Job) -> Outcome:
    from stages.classify.baseline import probe_scores, seen_words, tfidf_scores  # slow to import

    splits, words, classes = _splits(job), _words(), len(_classes())
    if job.arm in (TFIDF, TFIDF_BIGRAMS):
        bigrams = job.arm == TFIDF_BIGRAMS
        scores = tfidf_scores(*splits.all(), len(words), classes, bigrams=bigrams)
        unknown = ~seen_words(splits.train, len(words))
    else:
        known = vector_numbers(words, _vocabulary(job.folder))
        of_words = read_vectors(job.folder).centre[known] * (known > 0)[:, None]
        scores = probe_scores(*splits.all(), of_words, classes)
        unknown = known == 0
    result = Run.without_history(*scores)
    return Outcome(job, len(splits.train), _share(unknown, splits.test), result)


def _splits(job: Job) -> Splits:
    """Return the run's labelled subset and the other splits, in ids of words."""
    pool, validation, test = map(read_labelled, DOWNSTREAM_SPLITS)
    chosen: LongArray = labelled_subset(len(pool), job.budget, job.params.seed, job.run)
    return Splits(pool.take(chosen), validation, test)


def _words() -> Vocabulary:
    return read_vocabulary(DOWNSTREAM, "tokenize")


def _classes() -> list[str]:
    return read_classes(DOWNSTREAM, "tokenize")


def _vocabulary(folder: Path) -> Vocabulary:
    """Read a vocabulary of tokens or of vectors."""
    of_tokens = TOKENS in folder.parents
    made_by = "tokenize" if of_tokens else maker_of_vectors(folder)
    return read_vocabulary(folder, made_by)


def _share(unknown: npt.NDArray[np.bool_], examples: LabelledTexts) -> float:
    """Return the share of tokens of which ``unknown``, (words,), says so."""
    return float(unknown[examples.texts.tokens].mean()) if len(examples.texts.tokens) else 0.0
