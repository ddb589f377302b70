"""Whole trainings: what is learned, which epoch is chosen, and what stops one."""

import numpy as np
import pytest
import torch

from stages.classify.draws import Draws
from stages.classify.evaluation import WordProducts, judge
from stages.classify.kernels import Epoch, Weights
from stages.classify.model import ClassAttention
from stages.classify.trainer import Run, Trainee, learning_rates, train
from stages.classify.weights import named
from stages.core.console import StageError
from tests.classify.examples import SEED, examples, params, trainee, weights

CLOSE = 1e-5


def trained(start: Trainee, **changes: object) -> tuple[Run, Weights]:
    result, left = train(start, params(**changes), SEED, "cpu")
    assert left is not None
    return result, left


def test_learns_the_class_from_the_word_that_tells_it() -> None:
    result, _ = trained(trainee())
    assert result.test.accuracy > 0.9
    assert result.history[-1].train_loss < result.history[0].train_loss


def test_tests_the_epoch_that_validates_best() -> None:
    start = trainee()
    result, weights_left = trained(start)
    best = max(result.history, key=lambda epoch: epoch.validation.rank())
    assert result.chosen == best
    # The weights that are kept are that epoch's, and the test scores are theirs.
    left = WordProducts.of(weights_left)
    for split, scores in zip(start.splits[1:], (best.validation, result.test), strict=True):
        found = judge(left, split)
        assert found.accuracy == scores.accuracy
        assert found.loss == pytest.approx(scores.loss, rel=CLOSE)


def test_a_small_budget_gets_more_epochs() -> None:
    assert len(trained(trainee(), epochs=2, min_steps=60)[0].history) == 5  # 13 steps an epoch
    assert len(trained(trainee(), epochs=2, min_steps=26)[0].history) == 2


def test_the_learning_rate_falls_to_zero_or_stays() -> None:
    linear, constant = params(lr=0.4, schedule="linear"), params(lr=0.4, schedule="constant")
    assert learning_rates(linear, 4).tolist() == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert learning_rates(constant, 4).tolist() == [0.4] * 4


@pytest.mark.parametrize("wanted", [1, 7, 20, 78])
def test_a_number_that_is_none_stops_with_step_and_rate(
    wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, (epoch, place) = Draws.epoch, divmod(wanted - 1, 13)  # steps an epoch

    def spoilt(self: Draws, number: int) -> Epoch:
        drawn = plain(self, number)
        if number == epoch + 1:
            drawn.mask[16 * place] = np.nan
        return drawn

    monkeypatch.setattr(Draws, "epoch", spoilt)
    with pytest.raises(StageError) as caught:
        trained(trainee())
    rate = 0.02 * (1 - (wanted - 1) / 78)
    assert f"at epoch {epoch + 1}, step {wanted}: its numbers are no longer" in str(caught.value)
    assert f"lr of its recipe is 0.02, then at {rate:.3g}; lower it" in str(caught.value)


def test_numbers_that_the_last_step_spoils_are_found_by_validation() -> None:
    with pytest.raises(StageError, match=r"diverged at epoch 1, step 1: .*at 1e\+38; lower it"):
        trained(trainee(texts=3), epochs=1, lr=1e38)


@pytest.mark.parametrize("texts", [1, 7])
def test_evaluation_is_the_mean_over_all_texts(texts: int) -> None:
    classifier, some = ClassAttention(named(weights())), examples(texts, 5)
    losses, hits = [], []
    for i in range(texts):
        tokens = torch.from_numpy(some.texts.take(np.array([i])).tokens.astype(np.int64))[None]
        logits = classifier(tokens, torch.ones_like(tokens, dtype=torch.bool))[0].double()
        losses.append(float(-logits.log_softmax(0)[some.labels[i]].detach()))
        hits.append(int(logits.argmax()) == some.labels[i])
    scores = judge(WordProducts.of(weights()), some)
    assert scores.loss == pytest.approx(np.mean(losses), rel=CLOSE)
    assert scores.accuracy == np.mean(hits)
