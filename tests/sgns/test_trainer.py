import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from stages.artifacts import LongArray, TokenRows
from stages.params import SgnsParams, load_params
from stages.sgns.trainer import Epoch, Trainer

ROOT = Path(__file__).parents[2]
WORDS = 60


def corpus(rows: int, seed: int) -> TokenRows:
    """Rows of words of one of two topics: odd ids or even ids."""
    random = np.random.default_rng(seed)
    topics = random.integers(0, 2, rows)
    return TokenRows.from_lists([list(random.integers(1, WORDS // 2, 20) * 2 - t) for t in topics])


def counts_of(rows: TokenRows) -> LongArray:
    return np.bincount(rows.tokens, minlength=WORDS).astype(np.int64)


def config(**changes: object) -> SgnsParams:
    small: dict[str, object] = {"dim": 16, "epochs": 3, "batch": 500, "subsample": 0.0, "R": 3}
    return load_params(ROOT / "params.yaml").sgns.model_copy(update=small | changes)


def trained(params: SgnsParams, seed: int = 0) -> tuple[Trainer, list[Epoch]]:
    rows = corpus(400, 1)
    device = torch.device("cpu")
    trainer = Trainer(rows, corpus(60, 2), counts_of(rows), params, seed=seed, device=device)
    return trainer, list(trainer.run())


@pytest.mark.parametrize("objective", ["nce", "infonce"])
def test_learns_which_words_keep_company(objective: str) -> None:
    trainer, history = trained(config(objective=objective, K=2, epochs=6))
    first, last = history[0].validation.total, history[-1].validation.total
    assert last < first - 0.05
    centre, _ = trainer.vectors()
    unit = centre[1:] / np.linalg.norm(centre[1:], axis=1, keepdims=True)
    cosine = unit @ unit.T
    same = np.add.outer(np.arange(WORDS - 1), np.arange(WORDS - 1)) % 2 == 0
    assert cosine[same].mean() > cosine[~same].mean() + 0.3


def test_history_starts_untrained_and_counts_every_epoch() -> None:
    _, history = trained(config(K=3))
    assert [epoch.epoch for epoch in history] == [0, 1, 2, 3]
    assert history[0].train is None
    # Contexts start at zero, so every score is zero: (1 + K) ln 2 a positive.
    assert history[0].validation.total == pytest.approx(4 * np.log(2), rel=1e-6)
    for epoch in history[1:]:
        assert epoch.train is not None and epoch.train.pairs > 0
        assert epoch.validation.pairs == history[0].validation.pairs


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again, other = (trained(config(), seed)[0].vectors() for seed in (0, 0, 1))
    assert first[0].tobytes() == again[0].tobytes() and first[1].tobytes() == again[1].tobytes()
    assert first[0].tobytes() != other[0].tobytes()


def test_evaluation_draws_the_same_every_time_and_changes_nothing() -> None:
    trainer, _ = trained(config(epochs=1))
    before = trainer.vectors()[0].copy()
    assert trainer.evaluate() == trainer.evaluate()
    assert np.array_equal(before, trainer.vectors()[0])


@pytest.mark.parametrize("threads", [2, 4])
def test_the_number_of_threads_changes_no_byte(threads: int) -> None:
    def digest(number: int) -> str:
        program = (
            "import hashlib, torch; from tests.sgns.test_trainer import *;"
            f"torch.set_num_threads({number});"
            "v = trained(config(dim=100, R=5, epochs=2, batch=4000))[0].vectors();"
            "print(hashlib.sha256(v[0].tobytes() + v[1].tobytes()).hexdigest())"
        )
        command = [sys.executable, "-c", program]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert digest(1) == digest(threads)


def test_unknown_words_are_neither_centre_nor_context() -> None:
    rows = TokenRows.from_lists([[1, 0, 2, 0, 1, 2]] * 50)
    counts = np.array([100, 100, 100], np.int64)
    trainer = Trainer(rows, rows, counts, config(R=1), seed=0, device=torch.device("cpu"))
    before = trainer.model.centre[0].clone(), trainer.model.context[0].clone()
    list(trainer.run())
    assert torch.equal(trainer.model.centre[0], before[0])
    assert torch.equal(trainer.model.context[0], before[1])


def test_a_corpus_without_a_single_pair_trains_without_a_word() -> None:
    rows = TokenRows.from_lists([[1], [2], [], [0]])
    trainer = Trainer(
        rows, rows, np.array([1, 1, 1], np.int64), config(), seed=0, device=torch.device("cpu")
    )
    assert [epoch.validation.pairs for epoch in trainer.run()] == [0, 0, 0, 0]
