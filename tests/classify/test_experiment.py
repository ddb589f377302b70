from pathlib import Path

import numpy as np
import pytest
import torch

from stages import artifacts
from stages.artifacts import Labelled, TokenRows, Vocabulary, WordVectors
from stages.classify.experiment import METHODS, Job, run_job, run_jobs
from stages.console import StageError
from stages.params import Params, load_params

ROOT = Path(__file__).parents[2]
CLASSES, SGNS_WORDS, WORDS = 4, 15, 20


def params() -> Params:
    committed = load_params(ROOT / "params.yaml")
    small = {"epochs": 2, "min_steps": 1, "batch": 8, "seeds": 2}
    changes = {"classify": committed.classify.model_copy(update=small), "device": "cpu"}
    return committed.model_copy(update=changes)


def examples(rows: int, seed: int) -> Labelled:
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, rows)
    tokens = [[*random.integers(5, WORDS, 4), label + 1] for label in labels]
    return Labelled(TokenRows.from_lists(tokens), labels.astype(np.int64))


@pytest.fixture
def vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the stage reads; the result is the vectors' folder."""
    monkeypatch.chdir(tmp_path)
    words = Vocabulary(tuple(f"w{i}" for i in range(WORDS)), np.ones(WORDS, np.int64))
    artifacts.write_vocabulary(artifacts.LABELLED, words)
    artifacts.write_classes(artifacts.LABELLED, list("abcd"))
    for seed, (split, rows) in enumerate({"train": 90, "validation": 30, "test": 40}.items()):
        artifacts.write_labelled(artifacts.LABELLED, split, examples(rows, seed))
    table = np.random.default_rng(9).normal(size=(SGNS_WORDS, 6)).astype(np.float32)
    artifacts.write_vectors(artifacts.SGNS_MAIN, WordVectors(table, table, {}))
    known = Vocabulary(words.words[:SGNS_WORDS], words.counts[:SGNS_WORDS])
    artifacts.write_vocabulary(artifacts.SGNS_MAIN, known)
    return artifacts.SGNS_MAIN


def test_processes_change_no_result(vectors: Path) -> None:
    jobs = [Job(m, run, 50, (vectors,), params()) for m in METHODS for run in range(2)]
    parallel = {(o.job.method, o.job.run): o for o in run_jobs(jobs, torch.device("cpu"))}
    for job in jobs:
        alone, other = run_job(job), parallel[job.method, job.run]
        assert alone.labels == other.labels == 50
        assert alone.result.test == other.result.test
        assert alone.result.history == other.result.history


def test_arms_and_seeds_differ(vectors: Path) -> None:
    results = [
        run_job(Job(method, run, 50, (vectors,), params())).result
        for method in ("vanilla", "word2vec")
        for run in range(2)
    ]
    assert len({result.test.loss for result in results}) == 4


def test_a_budget_larger_than_the_pool_uses_all_of_it(vectors: Path) -> None:
    assert run_job(Job("vanilla", 0, 10_000, (vectors,), params())).labels == 90


def test_order_of_sgns_words_changes_nothing(vectors: Path) -> None:
    before = run_job(Job("word2vec", 0, 50, (vectors,), params()))
    made, known = artifacts.read_vectors(vectors), artifacts.read_vocabulary(vectors, "sgns")
    order = np.array([0, *range(SGNS_WORDS - 1, 0, -1)])
    words = tuple(known.words[i] for i in order)
    artifacts.write_vocabulary(vectors, Vocabulary(words, known.counts[order]))
    artifacts.write_vectors(vectors, WordVectors(made.centre[order], made.context, {}))
    after = run_job(Job("word2vec", 0, 50, (vectors,), params()))
    assert (after.result.test, after.unknown) == (before.result.test, before.unknown)


def test_missing_vectors_of_the_grid_name_the_grids_stage(vectors: Path) -> None:
    with pytest.raises(StageError, match=r"dvc repro sgns-grid$"):
        run_job(Job("word2vec", 0, 50, (vectors.parent / "grid/R2-K1",), params()))


def test_run_i_starts_from_model_i_counted_round(vectors: Path) -> None:
    other = artifacts.model_folder(vectors, 1)
    made = artifacts.read_vectors(vectors)
    artifacts.write_vectors(
        other, WordVectors(made.centre[:, ::-1].copy(), made.context, made.about)
    )
    artifacts.write_vocabulary(other, artifacts.read_vocabulary(vectors, "sgns"))
    folders = tuple(artifacts.model_folders(vectors))
    assert folders == (vectors, other)
    for run in range(4):
        both = run_job(Job("word2vec", run, 50, folders, params())).result.test
        own = run_job(Job("word2vec", run, 50, (folders[run % 2],), params())).result.test
        assert both == own
