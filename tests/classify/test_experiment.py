import shutil
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from stages.classify import experiment
from stages.classify.__main__ import jobs_of
from stages.classify.experiment import Inputs, Job, Outcome, run_jobs
from stages.classify.params import Settings
from stages.classify.scores import Scores
from stages.classify.subset import labelled_subset
from stages.core.atomic import seal
from stages.core.console import StageError
from stages.core.params import load_sections
from stages.results.methods import METHODS, WITHOUT_VECTORS
from stages.texts.classes import write_classes
from stages.vectors.tokens import (
    DOWNSTREAM,
    TOKENS,
    UNKNOWN,
    Vocabulary,
    read_labelled,
    read_vocabulary,
    write_labelled,
    write_vocabulary,
)
from stages.vectors.vectors import (
    SGNS_MAIN,
    WordVectors,
    model_folder,
    model_folders,
    read_vectors,
    write_vectors,
)
from tests.classify.examples import examples
from tests.support import REPOSITORY

SGNS_WORDS, WORDS, DIM = 15, 20, 10


def params() -> Settings:
    committed = load_sections(Settings, REPOSITORY / "params.yaml")
    small = {"epochs": 2, "min_steps": 1, "batch": 8, "runs": 2}
    classify = committed.classify.model_copy(update=small)
    usual = committed.usual.model_copy(update={"epochs": 3, "min_steps": 1, "batch": 8})
    return committed.model_copy(update={"classify": classify, "usual": usual, "device": "cpu"})


@pytest.fixture
def vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the stage reads; the result is the vectors' folder."""
    monkeypatch.chdir(tmp_path)
    texts = (UNKNOWN, *(f"w{i}" for i in range(1, WORDS)))
    words = Vocabulary(texts, np.ones(WORDS, np.int64))
    write_vocabulary(DOWNSTREAM, words)
    write_classes(DOWNSTREAM, list("abcd"))
    for seed, (split, rows) in enumerate({"train": 90, "validation": 30, "test": 40}.items()):
        write_labelled(DOWNSTREAM, split, examples(rows, seed))
    table = np.random.default_rng(9).normal(size=(SGNS_WORDS, DIM)).astype(np.float32)
    write_vectors(SGNS_MAIN, WordVectors(table, table, {}))
    known = Vocabulary(words.words[:SGNS_WORDS], words.counts[:SGNS_WORDS])
    for folder in (SGNS_MAIN, TOKENS / "pretrain"):
        write_vocabulary(folder, known)
        seal(folder)
    seal(DOWNSTREAM)
    return SGNS_MAIN


def run_job(job: Job) -> Outcome:
    """One run, of what it reads alone."""
    return experiment.run_job(job, Inputs.of([job]), "cpu")


def told(outcome: Outcome) -> object:
    """All that a run leaves, but the job."""
    kept = outcome.model
    model = kept and ([part.tobytes() for part in kept.weights], kept.attended)
    right = outcome.result.test.correct.tolist()
    return outcome.labels, repr(outcome.result), right, model


@pytest.mark.parametrize("threads", [1, 3])
def test_a_run_is_the_same_bytes_whatever_runs_beside_it(
    vectors: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "usable_cores", lambda: threads)
    jobs = [Job(m, run, 50, (vectors,), params(), keep=True) for m in METHODS for run in range(2)]
    together = {(o.job.method, o.job.run): told(o) for o in run_jobs(jobs, "cpu")}
    assert together == {(job.method, job.run): told(run_job(job)) for job in jobs}


def test_run_i_starts_from_model_i_counted_round(vectors: Path) -> None:
    other = model_folder(vectors, 1)
    made = read_vectors(vectors)
    write_vectors(other, WordVectors(made.centre[:, ::-1].copy(), made.context, made.about))
    write_vocabulary(other, read_vocabulary(vectors))
    seal(vectors)
    folders = tuple(model_folders(vectors))
    assert folders == (vectors, other)
    for run in range(4):
        both = run_job(Job("word2vec", run, 50, folders, params())).result.test
        own = run_job(Job("word2vec", run, 50, (folders[run % 2],), params())).result.test
        assert both == own


def options(*methods: str, **given: object) -> Namespace:
    """Options of the command line at their defaults, but for these."""
    usual = {"name": None, "budget": 50, "keep": False, "grid": False, "vectors": SGNS_MAIN}
    return Namespace(**usual | {"corpus": "pretrain", "dim": DIM, "methods": list(methods)} | given)


@pytest.mark.usefixtures("vectors")
def test_a_run_of_each_arm_is_kept_where_that_is_asked_for() -> None:
    jobs = jobs_of(options(*METHODS, keep=True), params())
    assert [job.method for job in jobs][::2] == list(METHODS)
    assert [(j.method, j.run) for j in jobs if j.keep] == [("vanilla", 0), ("word2vec", 0)]
    assert not any(job.keep for job in jobs_of(options("word2vec"), params()))


@pytest.mark.usefixtures("vectors")
def test_a_variant_is_word2vec_by_another_name_at_every_budget() -> None:
    jobs = jobs_of(options("word2vec", name="in-domain", budget=None), params())
    assert {(job.method, job.arm) for job in jobs} == {("in-domain", "word2vec")}
    assert [job.budget for job in jobs][::2] == params().classify.budgets


REGRESSIONS = {"tfidf", "tfidf-bigrams", "probe"}
USUAL_METHODS = {"vanilla-default", "vanilla-usual", "word2vec-raw", "word2vec-usual"}


@pytest.mark.usefixtures("vectors")
@pytest.mark.parametrize("section", ["classify", "usual"])
def test_a_recipe_moves_its_own_methods_alone(section: str) -> None:
    def results(settings: Settings) -> dict[str, Scores]:
        jobs = [job for job in jobs_of(options(*METHODS), settings) if job.run == 0]
        return {job.method: run_job(job).result.test for job in jobs}

    recipe = getattr(params(), section).model_copy(update={"lr": 0.05})
    before, after = results(params()), results(params().model_copy(update={section: recipe}))
    moved = {name for name in METHODS if before[name] != after[name]}
    fair = set(METHODS) - USUAL_METHODS - REGRESSIONS
    assert moved == {"classify": fair, "usual": USUAL_METHODS}[section]


@pytest.mark.usefixtures("vectors")
@pytest.mark.parametrize("arms", [("vanilla", "vanilla-usual"), ("word2vec", "word2vec-usual")])
def test_an_arm_is_the_same_by_both_recipes_where_these_are_equal(arms: tuple[str, str]) -> None:
    same = params().model_copy(update={"usual": params().classify})
    one, other = (run_job(job).result for job in jobs_of(options(*arms), same) if job.run == 0)
    assert one == other


def test_random_rows_and_tfidf_need_no_vectors(vectors: Path) -> None:
    with_them = [run_job(job) for job in jobs_of(options(*WITHOUT_VECTORS), params())]
    shutil.rmtree(vectors)
    without = [run_job(j) for j in jobs_of(options(*WITHOUT_VECTORS, vectors=None), params())]
    assert [o.result.test for o in without] == [o.result.test for o in with_them]


@pytest.mark.usefixtures("vectors")
def test_vanilla_has_the_rows_and_draws_of_word2vec() -> None:
    jobs = jobs_of(options("vanilla", "word2vec", keep=True), params())
    vanilla, word2vec = (run_job(job) for job in jobs if job.keep)
    assert vanilla.model is not None and word2vec.model is not None
    assert vanilla.model.words == word2vec.model.words
    assert (vanilla.labels, vanilla.unknown) == (word2vec.labels, word2vec.unknown)


@pytest.mark.usefixtures("vectors")
@pytest.mark.parametrize(
    ("method", "given", "sentence"),
    [
        ("glove", {}, "--methods has 'glove', but knows only vanilla, "),
        ("probe", {"vectors": None}, "the method probe needs --vectors"),
        ("vanilla-usual", {"corpus": None}, "the method vanilla-usual needs --corpus"),
        ("word2vec", {"name": "frozen"}, "the name frozen is taken by a method"),
    ],
)
def test_wrong_options_are_refused(method: str, given: dict[str, object], sentence: str) -> None:
    with pytest.raises(StageError, match=sentence):
        jobs_of(options(method, **given), params())


@pytest.mark.parametrize("arm", ["word2vec", "frozen"])
def test_only_a_frozen_embedding_stays(vectors: Path, arm: str) -> None:
    model = run_job(Job(arm, 0, 50, (vectors,), params(), keep=True)).model
    known = read_vectors(vectors).centre[1:]
    start = known / np.linalg.norm(known, axis=1, keepdims=True) * params().classify.embedding_norm
    assert model is not None
    assert np.allclose(model.weights.table[1:SGNS_WORDS], start, atol=1e-6) == (arm == "frozen")


@pytest.mark.parametrize("method", ["probe", "tfidf"])
def test_unknown_words_are_counted_in_the_test_split(vectors: Path, method: str) -> None:
    job, train = Job(method, 0, 50, (vectors,), params()), read_labelled("train")
    known = set(range(1, SGNS_WORDS))
    if method == "tfidf":
        subset = train.take(labelled_subset(len(train), 50, job.params.seed, job.run))
        known = set(subset.texts.tokens.tolist()) - {0}
    tokens = read_labelled("test").texts.tokens.tolist()
    assert run_job(job).unknown == pytest.approx(np.mean([token not in known for token in tokens]))
