"""Whole trainings: what is learned, which epoch is chosen, and that company changes no byte."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from stages.classify.batches import Step
from stages.classify.stack import Stack, WordProducts

from stages.classify.evaluation import HeldOut, evaluate
from stages.classify.model import ClassAttention
from stages.classify.trainer import Run, Trainee, learning_rate, train
from stages.console import StageError
from stages.files.tokens import LabelledTexts
from tests.classify.examples import CPU, SEED, examples, model, params, trainee

CLOSE = 1e-5


def trained(*trainees: Trainee, moving: bool = True, **changes: object) -> list[Run]:
    return train(trainees, params(**changes), SEED, CPU, moving)


def products_of(m: ClassAttention) -> WordProducts:
    return Stack([m], 0.0, True, CPU).word_products(0)


def test_learns_the_class_from_the_word_that_tells_it() -> None:
    [result] = trained(trainee())
    assert result.test.accuracy > 0.9
    assert result.history[-1].train_loss < result.history[0].train_loss


def test_tests_the_epoch_that_validates_best() -> None:
    start = trainee()
    [result] = trained(start)
    best = max(result.history, key=lambda epoch: epoch.validation.rank())
    assert result.chosen == best
    # The weights left in the model are that epoch's, and the test scores are theirs.
    left = products_of(start.model)
    for split, scores in (
        (start.splits.validation, best.validation),
        (start.splits.test, result.test),
    ):
        found = evaluate(left, HeldOut.of(split))
        assert found.accuracy == scores.accuracy
        assert found.loss == pytest.approx(scores.loss, rel=CLOSE)


def test_a_small_budget_gets_more_epochs() -> None:
    assert len(trained(trainee(), epochs=2, min_steps=60)[0].history) == 5  # 13 steps an epoch
    assert len(trained(trainee(), epochs=2, min_steps=26)[0].history) == 2


def test_the_learning_rate_falls_to_zero_or_stays() -> None:
    shares = (0.0, 0.25, 0.75)
    linear, constant = params(lr=0.4, schedule="linear"), params(lr=0.4, schedule="constant")
    assert [learning_rate(linear, share) for share in shares] == pytest.approx([0.4, 0.3, 0.1])
    assert [learning_rate(constant, share) for share in shares] == [0.4] * 3


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
@pytest.mark.parametrize("wanted", [1, 7, -1])
def test_a_number_that_is_none_stops_with_step_and_rate(
    number: float, wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates, step = [], Stack.step

    def spoilt(self: Stack, batch: Step, lr: float) -> torch.Tensor:
        logits = step(self, batch, lr)
        rates.append(lr)
        if len(rates) == wanted:
            logits[0, 0, 0] = number
        return logits

    monkeypatch.setattr(Stack, "step", spoilt)
    if wanted < 0:  # as many as there are
        trained(trainee())
        wanted = len(rates)
        rates.clear()
    with pytest.raises(StageError) as caught:
        trained(trainee())
    assert f", step {wanted:,}: its numbers are no longer finite" in str(caught.value)
    assert f"lr of its recipe is {params().lr:g}, then at {rates[wanted - 1]:.3g}" in str(
        caught.value
    )


def test_a_rate_far_too_high_diverges_in_a_sentence() -> None:
    with pytest.raises(StageError, match=r"diverged at epoch \d+, step \d+.* lower it"):
        trained(trainee(), lr=1e30)


def test_steps_are_as_long_as_the_schedule_says(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[float] = []
    plain = Stack.step

    def step(self: Stack, batch: Step, lr: float) -> torch.Tensor:
        taken.append(lr)
        return plain(self, batch, lr)

    monkeypatch.setattr(Stack, "step", step)
    for schedule in ("linear", "constant"):
        trained(trainee(), epochs=2, lr=0.1, schedule=schedule)  # 13 steps an epoch
    assert taken == pytest.approx([*(0.1 * (1 - i / 26) for i in range(26)), *[0.1] * 26])


def alone(run: int, epochs: int = 6) -> tuple[Run, list[bytes]]:
    start = trainee(run)
    [result] = trained(start, epochs=epochs)
    return result, weights_of(start)


def weights_of(start: Trainee) -> list[bytes]:
    return [tensor.detach().numpy().tobytes() for tensor in start.model.state_dict().values()]


@pytest.mark.parametrize(
    ("runs", "threads"), list(product([(0, 1), (1, 0, 2), (5, 3, 4, 1, 2, 0)], [1, 2]))
)
def test_a_run_is_the_same_bytes_whatever_it_is_stacked_with(
    runs: Sequence[int], threads: int
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    starts = [trainee(run) for run in runs]
    results = trained(*starts, epochs=2)
    torch.set_num_threads(before)
    for run, start, result in zip(runs, starts, results, strict=True):
        assert (result, weights_of(start)) == alone(run, epochs=2)


def test_so_it_is_without_dropout() -> None:
    plain: dict[str, Any] = {"epochs": 2, "dropout": 0.0, "token_dropout": 0.0}
    single, starts = trainee(1), [trainee(run) for run in (0, 1)]
    assert trained(*starts, **plain)[1] == trained(single, **plain)[0]
    assert weights_of(starts[1]) == weights_of(single)


def test_runs_draw_for_themselves() -> None:
    assert alone(3)[0] == alone(3)[0] != alone(4)[0]


def test_a_frozen_table_stays_and_words_that_do_not_occur_do() -> None:
    frozen, moving = trainee(), trainee()
    before = model().embedding.detach().clone()
    trained(frozen, moving=False)
    trained(moving)
    assert torch.equal(frozen.model.embedding, before)
    assert not torch.equal(moving.model.embedding, before)
    assert torch.equal(moving.model.embedding[0], before[0])  # no text has an unknown word


@pytest.mark.parametrize("texts", [1, 7])
def test_evaluation_is_the_mean_over_all_texts(texts: int) -> None:
    classifier, some = model(), examples(texts, 5)
    losses, hits = [], []
    for i in range(texts):
        tokens = torch.from_numpy(some.texts.take(np.array([i])).tokens.astype(np.int64))[None]
        logits = classifier(tokens, torch.tensor([tokens.shape[1]]))[0].double()
        losses.append(float(-logits.log_softmax(0)[some.labels[i]].detach()))
        hits.append(int(logits.argmax()) == some.labels[i])
    scores = evaluate(products_of(classifier), HeldOut.of(some))
    assert scores.loss == pytest.approx(np.mean(losses), rel=CLOSE)
    assert scores.accuracy == np.mean(hits)


def test_a_text_without_words_is_read_as_one_unknown_word() -> None:
    def text(*words: int) -> LabelledTexts:
        return LabelledTexts(type(examples(1, 0).texts).from_lists([words]), np.zeros(1, np.int64))

    one, other = (evaluate(products_of(model()), HeldOut.of(t)) for t in (text(), text(0)))
    assert one == other
