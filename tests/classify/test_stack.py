"""A step of stacked runs beside autograd of ``ClassAttention``, one run and one text at a time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from stages.classify.batches import RunBatches, Step, epoch_steps
from stages.classify.stack import Stack
from torch import Tensor
from torch.nn.functional import cross_entropy

from stages.classify.model import ClassAttention
from stages.files.tokens import LabelledTexts, Texts
from tests.classify.examples import CPU, DIM, ROWS, SEED, examples, model, params

RUNS = 3


def some_examples(run: int) -> LabelledTexts:
    """As the others, and a text without words."""
    found = examples(29, run)
    lists = np.split(found.texts.tokens, found.texts.offsets[1:-1])
    return LabelledTexts(
        Texts.from_lists([*(row.tolist() for row in lists), []]), np.arange(30) % 4
    )


def steps(stack: Stack, **changes: object) -> list[Step]:
    chosen = params(batch=8, **changes)
    runs = [RunBatches(some_examples(run), DIM, chosen, SEED, run) for run in range(RUNS)]
    return [
        replace(step, mask=in_double(step.mask), target=normalised(step.target))
        for step in epoch_steps(runs, 1, stack.layout, chosen, CPU)
    ]


def in_double(mask: Tensor | None) -> Tensor | None:
    return None if mask is None else mask.double()


def normalised(target: Tensor) -> Tensor:
    """In float64, where wanted probabilities of float32 do not quite sum to 1."""
    exact = target.double()
    return exact / exact.sum(2, keepdim=True).clamp_min(0.5)  # padding stays 0


def models() -> list[ClassAttention]:
    return [model(run, ROWS + run).double() for run in range(RUNS)]


def texts_of(step: Step, run: int, start: int) -> list[Tensor]:
    """The embedding rows of each example of a run."""
    own = range(run * (step.examples + 1), (run + 1) * (step.examples + 1) - 1)
    return [step.tokens[step.example == number] - start for number in own]


def loss_by_autograd(m: ClassAttention, step: Step, texts: Sequence[Tensor], run: int) -> Tensor:
    masks = [None] * step.examples
    if step.mask is not None:
        masks = list(step.mask.view(RUNS, step.examples + 1, -1)[run])
    logits = [
        m(text[None], torch.tensor([len(text)]), None if mask is None else mask[None])
        for text, mask in zip(texts, masks, strict=False)
    ]
    return cross_entropy(torch.cat(logits), step.target[run, :-1])


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_gradients_equal_autograd_of_each_run(smoothing: float, dropout: float) -> None:
    originals = models()
    stack = Stack(originals, 0.0, True, CPU)
    batches = steps(stack, label_smoothing=smoothing, dropout=dropout)
    assert all((step.mask is None) == (dropout == 0) for step in batches)
    assert {step.examples for step in batches} == {8, 6}  # the last is smaller
    for step in batches:
        found = stack.gradients(step)
        assert found.rows is not None and step.rows is not None
        by_row = torch.zeros_like(stack.table).index_add_(0, step.rows, found.rows)
        for run, m in enumerate(originals):
            start = int(stack.layout.starts[run])
            m.zero_grad()
            loss = loss_by_autograd(m, step, texts_of(step, run, start), run)
            torch.autograd.backward(loss)
            (query, readout), (key, value) = gradient_of(stack, run)
            bias = stack.gradient.bias[run]
            mine = [by_row[start : start + len(m.embedding)], query, readout, key, value, bias]
            theirs = [m.embedding, m.query, m.readout, m.key, m.value, m.bias]
            for one, other in zip(mine, theirs, strict=True):
                assert other.grad is not None and other.grad.abs().max() > 1e-4
                torch.testing.assert_close(one, other.grad, rtol=1e-10, atol=1e-12)
        assert not by_row[stack.layout.spare].any()


def gradient_of(stack: Stack, run: int) -> tuple[Tensor, Tensor]:
    return stack.gradient.left[run], stack.gradient.right[run]
