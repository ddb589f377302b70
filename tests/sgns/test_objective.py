import itertools
import math

import pytest
import torch
from torch import Tensor

from stages.sgns.model import SkipGram
from stages.sgns.objective import infonce, nce, objective
from stages.sgns.windows import Stream, make_blocks
from tests.sgns.reference import nce_loss, pooled_infonce_loss, pooled_nce_loss, positive_pairs

WORDS, DIM, RADIUS, SIZE, PER_POOL, POOL = 12, 5, 3, 2, 2, 4


class Fixed:
    """One batch in float64: three rows, drawn once."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(5)
        self.rows = [0] * 4 + [1] * 3 + [2] * 4
        self.tokens = torch.randint(1, WORDS, (len(self.rows),), generator=generator).tolist()
        self.radii = torch.randint(1, RADIUS + 1, (len(self.rows),), generator=generator)
        self.stream = Stream(torch.tensor(self.tokens), torch.tensor(self.rows))
        self.blocks = make_blocks(self.stream, self.radii, RADIUS, SIZE, PER_POOL)
        self.pools = torch.randint(
            1, WORDS, (len(self.blocks.centres) // PER_POOL, POOL), generator=generator
        )
        self.pairs = positive_pairs(self.tokens, self.rows, self.radii.tolist())
        self.pool_of = [self.pools[i // (SIZE * PER_POOL)].tolist() for i in range(len(self.rows))]
        self.centre, self.context = (
            torch.randn(WORDS, DIM, generator=generator, dtype=torch.float64).requires_grad_()
            for _ in range(2)
        )

    def fast(self, name: str, negatives: int, temperature: float) -> tuple[float, Tensor, Tensor]:
        """The loss and both tables' gradients by the blocked path."""
        model = SkipGram(self.centre.detach(), self.context.detach())
        batch = model.forward(self.blocks, self.pools, negatives, objective(name, temperature))
        centre, context = torch.zeros(WORDS, DIM).double(), torch.zeros(WORDS, DIM).double()
        batch.add_gradients(centre, context, 1.0)
        return float(batch.terms.positive_loss + batch.terms.negative_loss), centre, context


@pytest.mark.parametrize("negatives", [1, 3, 20])
@pytest.mark.parametrize(
    ("name", "temperature"), [("nce", 1.0), ("infonce", 1.0), ("infonce", 0.3)]
)
def test_loss_and_gradient_equal_autograd_on_a_fixed_draw(
    name: str, temperature: float, negatives: int
) -> None:
    fixed = Fixed()
    arguments = (fixed.centre, fixed.context, fixed.tokens, fixed.pairs, fixed.pool_of, negatives)
    if name == "nce":
        loss = pooled_nce_loss(*arguments)
    else:
        loss = pooled_infonce_loss(*arguments, temperature)
    torch.autograd.backward(loss)
    found, centre, context = fixed.fast(name, negatives, temperature)
    assert math.isclose(found, loss.item(), rel_tol=1e-12)
    assert fixed.centre.grad is not None and fixed.context.grad is not None
    torch.testing.assert_close(centre, fixed.centre.grad, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(context, fixed.context.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("negatives", [1, 2])
def test_expected_loss_and_gradient_are_those_of_independent_negatives(negatives: int) -> None:
    """Exactly, by enumeration: every draw of K negatives against every draw of the pool."""
    words, probability = 3, [0.0, 0.3, 0.7]
    generator = torch.Generator().manual_seed(1)
    centre, context = (
        torch.randn(words, DIM, generator=generator, dtype=torch.float64).requires_grad_()
        for _ in range(2)
    )
    tokens, rows, radii = [1, 2, 2], [0, 0, 0], [1, 1, 1]
    pairs = positive_pairs(tokens, rows, radii)
    independent = torch.zeros((), dtype=torch.float64)
    for drawn in itertools.product((1, 2), repeat=negatives):
        chance = math.prod(probability[k] for k in drawn)
        loss = nce_loss(centre, context, tokens, pairs, [list(drawn)] * len(pairs))
        independent = independent + chance * loss
    torch.autograd.backward(independent)

    blocks = make_blocks(
        Stream(torch.tensor(tokens), torch.tensor(rows)), torch.tensor(radii), 1, 3, 1
    )
    model = SkipGram(centre.detach(), context.detach())
    total, to_centre, to_context = 0.0, torch.zeros_like(centre), torch.zeros_like(context)
    for pool in itertools.product((1, 2), repeat=3):
        chance = math.prod(probability[k] for k in pool)
        batch = model.forward(blocks, torch.tensor([pool]), negatives, nce)
        total += chance * float(batch.terms.positive_loss + batch.terms.negative_loss)
        batch.add_gradients(to_centre.detach(), to_context.detach(), chance)
    assert math.isclose(total, independent.item(), rel_tol=1e-12)
    assert centre.grad is not None and context.grad is not None
    torch.testing.assert_close(to_centre.detach(), centre.grad, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(to_context.detach(), context.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("negatives", [1, 5])
def test_zero_scores_cost_log_two_a_comparison(negatives: int) -> None:
    scores, noise = torch.zeros(1, 2, 4), torch.zeros(1, 2, 7)
    positive = torch.tensor([[[1, 0, 1, 0], [0, 1, 0, 0]]], dtype=torch.bool)
    terms = nce(scores, positive, noise, negatives)
    assert math.isclose(terms.positive_loss.item(), 3 * math.log(2), rel_tol=1e-6)
    assert math.isclose(terms.negative_loss.item(), 3 * negatives * math.log(2), rel_tol=1e-6)
    softmax = infonce(scores, positive, noise, negatives)
    total = (softmax.positive_loss + softmax.negative_loss).item()
    assert math.isclose(total, 3 * math.log(1 + negatives), rel_tol=1e-6)


def test_a_centre_without_positives_costs_and_moves_nothing() -> None:
    terms = nce(
        torch.randn(1, 1, 3), torch.zeros(1, 1, 3, dtype=torch.bool), torch.randn(1, 1, 4), 5
    )
    assert terms.positive_loss == terms.negative_loss == 0
    assert not terms.positive_gradient.any() and not terms.negative_gradient.any()


def test_extreme_scores_stay_finite() -> None:
    scores = torch.tensor([[[1e4, -1e4]]])
    positive = torch.ones(1, 1, 2, dtype=torch.bool)
    for function in (nce, infonce):
        terms = function(scores, positive, torch.tensor([[[1e4, -1e4]]]), 1)
        assert math.isfinite(terms.positive_loss) and math.isfinite(terms.negative_loss)
        assert terms.positive_gradient.isfinite().all()
        assert terms.negative_gradient.isfinite().all()
