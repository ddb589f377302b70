import re

import numpy as np
import pytest

from stages.core.console import StageError
from stages.sgns.batches import Batch
from stages.sgns.learner import CompiledLearner
from stages.sgns.params import SgnsParams
from stages.sgns.trainer import Epoch, Trainer
from stages.vectors.tokens import Texts
from tests.sgns.examples import TOPIC_WORDS, config, topic_trainer


def trained(params: SgnsParams, seed: int = 0) -> tuple[Trainer, list[Epoch]]:
    trainer = topic_trainer(params, seed)
    return trainer, list(trainer.run())


@pytest.mark.parametrize("objective", ["nce", "infonce"])
def test_learns_which_words_keep_company(objective: str) -> None:
    params = config(objective=objective, K=2, epochs=6)
    trainer, history = trained(params)
    first, last = history[0].validation.total, history[-1].validation.total
    assert last < first - 0.05
    centre, _ = trainer.vectors()
    unit = centre[1:] / np.linalg.norm(centre[1:], axis=1, keepdims=True)
    cosine = unit @ unit.T
    same = np.add.outer(np.arange(TOPIC_WORDS - 1), np.arange(TOPIC_WORDS - 1)) % 2 == 0
    assert cosine[same].mean() > cosine[~same].mean() + 0.3


@pytest.mark.parametrize(("objective", "cost"), [("nce", 4 * np.log(2)), ("infonce", np.log(4))])
def test_history_starts_untrained_and_counts_every_epoch(objective: str, cost: float) -> None:
    params = config(K=3, objective=objective)
    _, history = trained(params)
    assert trained(params, seed=1)[1] != history
    assert [epoch.epoch for epoch in history] == [0, 1, 2, 3]
    assert history[0].train is None
    # Contexts start at zero, so every score is zero: (1 + K) ln 2 or ln (1 + K) a positive.
    assert history[0].validation.total == pytest.approx(cost, rel=1e-6)
    for epoch in history[1:]:
        assert epoch.train is not None and epoch.train.pairs > 0
        assert epoch.validation.pairs == history[0].validation.pairs > 0


def test_the_learning_rate_falls_linearly_to_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []
    step = CompiledLearner.step

    def noted(self: CompiledLearner, batch: Batch, lr: float) -> bool:
        rates.append(lr)
        return step(self, batch, lr)

    monkeypatch.setattr(CompiledLearner, "step", noted)
    trainer, _ = trained(config(lr=0.5, epochs=3))
    assert rates == pytest.approx(np.linspace(0.5, 0, 3 * trainer.steps, endpoint=False))


@pytest.mark.parametrize("lists", [[[1], [2], [], [0]], [[]], []])
def test_a_corpus_without_a_single_pair_trains_without_a_word(lists: list[list[int]]) -> None:
    rows, counts = Texts.from_lists(lists), np.array([1, 1, 1], np.int64)
    trainer = Trainer(rows, rows, counts, config(), seed=0)
    before = trainer.vectors()[0].copy()
    assert [epoch.validation.pairs for epoch in trainer.run()] == [0, 0, 0, 0]
    assert np.array_equal(trainer.vectors()[0], before)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
@pytest.mark.parametrize("objective", ["nce", "infonce"])
@pytest.mark.parametrize("spoilt", [1, 5, 11])
def test_a_number_that_is_none_stops_with_step_and_rate(
    spoilt: int, number: float, objective: str
) -> None:
    trainer = topic_trainer(config(objective=objective, K=2))

    def spoil() -> None:
        if trainer.learner.steps == spoilt:
            trainer.learner.state()["vectors"][3] = number

    with pytest.raises(StageError, match=r"sgns\.lr is .*lower it") as caught:
        list(trainer.run(after_step=spoil))
    found = re.search(r"at epoch \d+, step (\d+): its numbers are no longer", str(caught.value))
    assert found and spoilt <= int(found[1]) <= spoilt + 1
