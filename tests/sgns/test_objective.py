"""The objectives in PyTorch, held to double loops over pairs, and to what is expected of them."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from stages.sgns.batches import Batch, Layout
from stages.sgns.model import TorchLearner
from tests.sgns.examples import OBJECTIVES, WORDS, config, random_batch
from tests.sgns.reference import gradient_of, shares_of_loss


def random_vectors(seed: int, words: int = WORDS) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2 * words, 5, generator=generator, dtype=torch.float64, requires_grad=True)


def learner_of(vectors: Tensor, layout: Layout, **changes: object) -> TorchLearner:
    values = vectors.detach().numpy()
    learner = TorchLearner(values[: len(values) // 2], config(**changes), layout, "cpu")
    learner.load({"vectors": values, "square": np.zeros(len(values), np.float32)}, 0)
    return learner


@pytest.mark.parametrize("negatives", [1, 3, 20])
@pytest.mark.parametrize(("objective", "temperature"), OBJECTIVES)
def test_shares_of_the_loss_and_gradient_equal_those_of_double_loops(
    objective: str, temperature: float, negatives: int
) -> None:
    layout, vectors = Layout.of(3, negatives), random_vectors(6)
    batch = random_batch(layout, 50, np.random.default_rng(5))
    shares = shares_of_loss(vectors, batch, layout.block, negatives, objective, temperature)
    torch.autograd.backward(shares[0] + shares[1])
    options = {"objective": objective, "K": negatives, "temperature": temperature}
    learner = learner_of(vectors, layout, **options)
    # torch's softplus is linear beyond 20: an error of up to e^-20 a comparison.
    pairs = int((batch.left + batch.right).sum())
    assert learner.losses(batch) == pytest.approx(
        [*(share.item() for share in shares), pairs], rel=1e-8
    )
    assert vectors.grad is not None
    torch.testing.assert_close(gradient_of(learner, batch), vectors.grad, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("negatives", [1, 2])
def test_expected_loss_and_gradient_are_those_of_independent_negatives(negatives: int) -> None:
    """Exactly, by enumeration: every draw of K negatives against every draw of the pool."""
    vectors, probability = random_vectors(1, 3), [0.0, 0.3, 0.7]
    tokens, left, right = np.array([[1, 2, 2], [0, 1, 1], [1, 1, 0]], np.int32)
    learner = learner_of(vectors, Layout(radius=1, block=3, pool=3), K=negatives)

    def every_draw(number: int) -> Iterator[tuple[float, Batch]]:
        for drawn in itertools.product((1, 2), repeat=number):
            pool = np.array([drawn], np.int32)
            yield math.prod(probability[k] for k in drawn), Batch(tokens, left, right, pool)

    independent = torch.zeros((), dtype=torch.float64)
    for chance, batch in every_draw(negatives):
        independent = independent + chance * sum(
            shares_of_loss(vectors, batch, 3, negatives, "nce", 1.0)
        )
    torch.autograd.backward(independent)
    total, gradient = 0.0, torch.zeros_like(vectors)
    for chance, batch in every_draw(3):
        total += chance * float(learner.losses(batch)[:2].sum())
        gradient += chance * gradient_of(learner, batch)
    assert math.isclose(total, independent.item(), rel_tol=1e-10)
    assert vectors.grad is not None
    torch.testing.assert_close(gradient, vectors.grad, rtol=1e-9, atol=1e-10)
