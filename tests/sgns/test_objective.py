"""The objectives in PyTorch, held to double loops over pairs, and to what is expected of them."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from stages.sampling.stream import draw_reach
from stages.sgns.batches import Batch, Layout
from stages.sgns.model import TorchLearner
from tests.sgns.examples import config, numbered_stream, rows_of
from tests.sgns.reference import nce_loss, pooled_infonce_loss, pooled_nce_loss, positive_pairs

WORDS, DIM, RADIUS = 12, 5, 3
LENGTHS = [20, 3, 1, 26]


def random_vectors(seed: int, words: int = WORDS) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2 * words, DIM, generator=generator, dtype=torch.float64)


def learner_of(
    vectors: Tensor, layout: Layout, name: str, negatives: int, temperature: float = 1.0
) -> TorchLearner:
    words = len(vectors) // 2
    params = config(objective=name, K=negatives, temperature=temperature)
    learner = TorchLearner(vectors[:words].numpy(), params, layout, "cpu")
    learner.load({"vectors": vectors.numpy(), "square": np.zeros(2 * words, np.float32)}, 0)
    return learner


def gradient_of(learner: TorchLearner, batch: Batch) -> Tensor:
    """The gradient of every row, (2V, d)."""
    positive, negative, _ = learner._shares(batch)
    learner.model.zero_grad()
    torch.autograd.backward(positive + negative)
    tables = (learner.model.centre.weight.grad, learner.model.context.weight.grad)
    return torch.cat([table.to_dense() for table in tables if table is not None])


class Fixed:
    """A batch of several blocks, four rows and radii of 1 to 3, drawn once."""

    def __init__(self, negatives: int) -> None:
        random = np.random.default_rng(5)
        self.layout = Layout.of(RADIUS, negatives)
        stream = numbered_stream(LENGTHS)
        tokens = random.integers(1, WORDS, len(stream)).astype(np.int32)
        radii = random.integers(1, RADIUS + 1, len(stream)).astype(np.int32)
        widest = draw_reach(stream, RADIUS, False, random)
        left, right = (np.minimum(side, radii) for side in widest)
        blocks = self.layout.blocks(len(tokens))
        pools = random.integers(1, WORDS, (blocks, self.layout.pool)).astype(np.int32)
        self.batch = Batch(tokens, left, right, pools)
        self.tokens: list[int] = tokens.tolist()
        self.pairs = positive_pairs(rows_of(LENGTHS), radii.tolist())
        self.pool_of = [pools[i // self.layout.block].tolist() for i in range(len(tokens))]
        self.vectors = random_vectors(6)


@pytest.mark.parametrize("negatives", [1, 3, 20])
@pytest.mark.parametrize(
    ("name", "temperature"), [("nce", 1.0), ("infonce", 1.0), ("infonce", 0.3)]
)
def test_loss_and_gradient_equal_those_of_double_loops(
    name: str, temperature: float, negatives: int
) -> None:
    fixed = Fixed(negatives)
    vectors = fixed.vectors.clone().requires_grad_()
    tables = vectors[:WORDS], vectors[WORDS:]
    if name == "nce":
        loss = pooled_nce_loss(*tables, fixed.tokens, fixed.pairs, fixed.pool_of, negatives)
    else:
        loss = pooled_infonce_loss(
            *tables, fixed.tokens, fixed.pairs, fixed.pool_of, negatives, temperature
        )
    torch.autograd.backward(loss)
    learner = learner_of(fixed.vectors, fixed.layout, name, negatives, temperature)
    positive, negative, pairs = learner.losses(fixed.batch)
    assert pairs == len(fixed.pairs)
    # torch's softplus is linear beyond 20: an error of up to e^-20 a comparison.
    assert math.isclose(positive + negative, loss.item(), rel_tol=1e-8)
    assert vectors.grad is not None
    torch.testing.assert_close(
        gradient_of(learner, fixed.batch), vectors.grad, rtol=1e-7, atol=1e-8
    )


def test_the_shares_of_the_loss_are_what_their_names_say() -> None:
    fixed = Fixed(3)
    tables = fixed.vectors[:WORDS], fixed.vectors[WORDS:]
    without_negatives = pooled_nce_loss(*tables, fixed.tokens, fixed.pairs, fixed.pool_of, 0)
    positive, _, _ = learner_of(fixed.vectors, fixed.layout, "nce", 3).losses(fixed.batch)
    assert math.isclose(positive, without_negatives.item(), rel_tol=1e-8)
    scores = sum(
        (tables[0][fixed.tokens[i]] @ tables[1][fixed.tokens[j]]).item() for i, j in fixed.pairs
    )
    learner = learner_of(fixed.vectors, fixed.layout, "infonce", 3, 0.3)
    assert math.isclose(learner.losses(fixed.batch)[0], -scores / 0.3, rel_tol=1e-8)


@pytest.mark.parametrize("negatives", [1, 2])
def test_expected_loss_and_gradient_are_those_of_independent_negatives(negatives: int) -> None:
    """Exactly, by enumeration: every draw of K negatives against every draw of the pool."""
    words, probability = 3, [0.0, 0.3, 0.7]
    vectors = random_vectors(1, words)
    leaf = vectors.clone().requires_grad_()
    tokens, pairs = [1, 2, 2], positive_pairs([0, 0, 0], [1, 1, 1])
    independent = torch.zeros((), dtype=torch.float64)
    for drawn in itertools.product((1, 2), repeat=negatives):
        chance = math.prod(probability[k] for k in drawn)
        loss = nce_loss(leaf[:words], leaf[words:], tokens, pairs, [list(drawn)] * len(pairs))
        independent = independent + chance * loss
    torch.autograd.backward(independent)

    learner = learner_of(vectors, Layout(radius=1, block=3, pool=3), "nce", negatives)
    reach = draw_reach(numbered_stream([3]), 1, False, np.random.default_rng(0))
    total, gradient = 0.0, torch.zeros_like(vectors)
    for pool in itertools.product((1, 2), repeat=3):
        chance = math.prod(probability[k] for k in pool)
        batch = Batch(np.array(tokens, np.int32), *reach, np.array([pool], np.int32))
        total += chance * float(learner.losses(batch)[:2].sum())
        gradient += chance * gradient_of(learner, batch)
    assert math.isclose(total, independent.item(), rel_tol=1e-10)
    assert leaf.grad is not None
    torch.testing.assert_close(gradient, leaf.grad, rtol=1e-9, atol=1e-10)
