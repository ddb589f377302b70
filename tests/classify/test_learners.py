"""Both learners beside ``ClassAttention`` in float64, one example and one row at a time."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import cross_entropy

from stages.classify import kernels
from stages.classify.autograd import Autograd
from stages.classify.draws import Draws
from stages.classify.evaluation import WordProducts
from stages.classify.kernels import BETA1, Epoch, Weights
from stages.classify.learners import Compiled, Learner, Rates
from stages.classify.model import ClassAttention
from stages.classify.params import RecipeParams
from stages.classify.weights import named
from stages.core.arrays import FloatArray
from stages.core.compiled import Width
from stages.vectors.tokens import LabelledTexts, Texts
from tests.classify.examples import DIM, ROWS, SEED, examples, params, weights

SIZES = ((4, 10), (3, 7))  # classes and dimensions

Make = Callable[[Weights, RecipeParams, bool], Learner]


def by_torch(start: Weights, recipe: RecipeParams, moving: bool) -> Learner:
    return Autograd(start, recipe, moving, "cpu")


LEARNERS: tuple[Make, ...] = (Compiled, by_torch)


def copy(start: Weights) -> Weights:
    return Weights(*map(np.copy, start))


def model(start: Weights) -> ClassAttention:
    return ClassAttention(named(start)).double()


def loss_of(m: ClassAttention, epoch: Epoch, e: int, smoothing: float) -> Tensor:
    """The loss of one example, of its shown tokens alone."""
    own = slice(epoch.offsets[e], epoch.offsets[e + 1])
    tokens = torch.from_numpy(epoch.tokens[own][epoch.shown[own]].astype(np.int64))[None]
    mask, label = (torch.from_numpy(part[e : e + 1]) for part in (epoch.mask, epoch.labels))
    logits = m(tokens, torch.ones_like(tokens, dtype=torch.bool), mask.double())
    return cross_entropy(logits, label, label_smoothing=smoothing)


@st.composite
def epochs(draw: st.DrawFn, classes: int, dim: int) -> Epoch:
    """Texts of some lengths, of which at least one token is shown."""
    lengths = draw(st.lists(st.integers(1, 13), min_size=1, max_size=6))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    shown = random.random(offsets[-1]) < draw(st.sampled_from([0.3, 1.0]))
    shown[random.integers(offsets[:-1], offsets[1:])] = True
    mask = (random.random((len(lengths), dim)) < draw(st.sampled_from([0.5, 1.0]))) * 2.0
    tokens, labels = (
        random.integers(0, ROWS, offsets[-1]),
        random.integers(0, classes, len(lengths)),
    )
    return Epoch(tokens.astype(np.int32), offsets, shown, mask.astype(np.float32), labels)


@given(data=st.data(), size=st.sampled_from(SIZES), smoothing=st.sampled_from([0.0, 0.2]))
def test_loss_and_gradients_equal_autograd(
    data: st.DataObject, size: tuple[int, int], smoothing: float
) -> None:
    epoch, start = data.draw(epochs(*size)), weights(data.draw(st.integers(0, 99)), ROWS, *size)
    first, second = (Weights(*map(np.zeros_like, start)) for _ in range(2))
    count, widths = len(epoch.labels), map(Width, size)
    # Without a rate no weight moves, and the first moment is a tenth of the gradient.
    loss, steps = kernels.train(
        *(epoch, count, np.zeros(1), smoothing, 0.0, True, 0), copy(start), first, second, *widths
    )
    m = model(start)
    expected = torch.stack([loss_of(m, epoch, e, smoothing) for e in range(count)]).sum()
    torch.autograd.backward(expected / count)
    assert steps == 1 and loss == pytest.approx(expected.item(), rel=1e-5)
    for name, parameter in m.named_parameters():
        assert parameter.grad is not None
        found, wanted = named(first)[name] / (1 - BETA1), parameter.grad.numpy()
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5 * abs(wanted).max() + 1e-8)


def plainly_trained(
    start: Weights, drawn: list[Epoch], rates: Rates, recipe: RecipeParams, moving: bool
) -> tuple[dict[str, FloatArray], list[float]]:
    """Train by AdamW, and each row of the table by an Adam of its own that sleeps between."""
    m = model(start)
    others = [tensor for name, tensor in m.named_parameters() if name != "embedding"]
    adam = torch.optim.AdamW(others, weight_decay=recipe.weight_decay)
    first, second = np.zeros((2, *m.embedding.shape))
    losses, step = [], 0
    for epoch in drawn:
        losses.append(0.0)
        for begin in range(0, len(epoch.labels), recipe.batch):
            batch = range(begin, min(begin + recipe.batch, len(epoch.labels)))
            m.zero_grad()
            loss = torch.stack([loss_of(m, epoch, e, recipe.label_smoothing) for e in batch])
            losses[-1] += loss.sum().item()
            torch.autograd.backward(loss.mean())
            adam.param_groups[0]["lr"] = rates[step]
            adam.step()
            step += 1
            tokens = epoch.tokens[epoch.offsets[begin] : epoch.offsets[batch[-1] + 1]]
            assert m.embedding.grad is not None
            for row in set(tokens.tolist()) if moving else ():
                gradient = m.embedding.grad[row].numpy()
                first[row] = 0.9 * first[row] + 0.1 * gradient
                second[row] = 0.999 * second[row] + 0.001 * gradient**2
                mean, square = first[row] / (1 - 0.9**step), second[row] / (1 - 0.999**step)
                move = rates[step - 1] * mean / (np.sqrt(square) + 1e-8)
                m.embedding.data[row] -= torch.from_numpy(move)
    return {name: tensor.detach().numpy() for name, tensor in m.named_parameters()}, losses


PLAIN = {"dropout": 0.0, "token_dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0}
RECIPES: tuple[dict[str, float], ...] = ({}, PLAIN, {"label_smoothing": 0.1, "weight_decay": 0.5})


def some_examples() -> LabelledTexts:
    """As the others, and a text without words."""
    found = examples(44, 3)
    lists = [row.tolist() for row in np.split(found.texts.tokens, found.texts.offsets[1:-1])]
    return LabelledTexts(Texts.from_lists([*lists, []]), np.arange(45) % 4)


@pytest.mark.parametrize("moving", [True, False])
@pytest.mark.parametrize("changes", RECIPES)
@pytest.mark.parametrize("learner", LEARNERS)
def test_a_training_equals_a_plain_loop(
    learner: Make, changes: dict[str, float], moving: bool
) -> None:
    recipe, start = params(**changes), weights()
    draws = Draws(some_examples(), DIM, recipe, SEED, 0)
    drawn = [draws.epoch(number) for number in range(1, 6)]
    rates = np.linspace(0.01, 0, 15, endpoint=False)
    expected, losses = plainly_trained(start, drawn, rates, recipe, moving)
    ours = learner(copy(start), recipe, moving)
    for number, epoch in enumerate(drawn):
        loss, steps = ours.epoch(epoch, rates[3 * number : 3 * number + 3])
        assert steps == 3 and loss == pytest.approx(losses[number], rel=1e-4)
    for name, found in named(ours.weights()).items():
        np.testing.assert_allclose(found, expected[name], rtol=1e-3, atol=1e-4)
    unchanged = np.array_equal(ours.weights().table, start.table)
    assert unchanged != moving
    np.testing.assert_allclose(
        ours.words().of_rows, WordProducts.of(ours.weights()).of_rows, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
@pytest.mark.parametrize("step", [0, 4, 12])
def test_training_tells_before_which_step_a_number_was_none(
    learner: Make, number: float, step: int
) -> None:
    epoch = Draws(examples(200, 0), DIM, params(), SEED, 0).epoch(1)
    assert learner(weights(), params(), True).epoch(epoch, np.full(13, 0.01))[1] == 13
    epoch.mask[16 * step + 7] = number
    assert learner(weights(), params(), True).epoch(epoch, np.full(13, 0.01))[1] == step


@pytest.mark.parametrize("learner", LEARNERS)
def test_scores_that_are_no_numbers_are_told_though_values_are(learner: Make) -> None:
    epoch, start = Draws(examples(20, 0), DIM, params(), SEED, 0).epoch(1), weights()
    start.left[0, 0] = np.nan  # of a query
    assert learner(start, params(), True).epoch(epoch, np.full(2, 0.01))[1] == 0
