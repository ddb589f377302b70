import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from stages.sampling.stream import draw_reach
from stages.sgns.batches import Batch
from stages.sgns.layout import Layout
from stages.sgns.model import SkipGram
from stages.sgns.objective import InfoNce, Labels, Nce, Objective, objective
from tests.sgns.examples import batch_of, numbered_stream, rows_of
from tests.sgns.reference import nce_loss, pooled_infonce_loss, pooled_nce_loss, positive_pairs

WORDS, DIM, RADIUS = 12, 5, 3
LENGTHS = [20, 3, 1, 26]
BOTH: list[Objective] = [Nce(), InfoNce(1.0)]


def random_vectors(seed: int, words: int = WORDS, dim: int = DIM) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2 * words, dim, generator=generator, dtype=torch.float64)


def model_of(
    vectors: Tensor,
    layout: Layout,
    function: Objective,
    negatives: int,
    dtype: torch.dtype = torch.float64,
) -> SkipGram:
    square = torch.zeros(len(vectors), dtype=vectors.dtype)
    return SkipGram(
        vectors, square, layout=layout, objective=function, negatives=negatives, dtype=dtype
    )


def whole_gradient(model: SkipGram, batch: Batch) -> Tensor:
    """The gradient of every row, (2V, d), used or not."""
    gradient = torch.zeros_like(model.vectors)
    gradient[batch.rows] = model.gradient(batch).to(gradient.dtype)
    return gradient


class Fixed:
    """A batch of two blocks, four rows and radii of 1 to 3, drawn once."""

    def __init__(self, negatives: int) -> None:
        random = np.random.default_rng(5)
        self.layout = Layout.of(RADIUS, negatives)
        stream = numbered_stream(LENGTHS)
        tokens = random.integers(1, WORDS, len(stream)).astype(np.int32)
        radii = random.integers(1, RADIUS + 1, len(stream)).astype(np.int32)
        widest = draw_reach(stream, RADIUS, False, random)
        left, right = (np.minimum(side, radii) for side in widest)
        pools = random.integers(1, WORDS, (2, self.layout.pool)).astype(np.int32)
        self.batch = batch_of(self.layout, tokens, (left, right), pools, WORDS)
        self.tokens: list[int] = tokens.tolist()
        self.pairs = positive_pairs(rows_of(LENGTHS), radii.tolist())
        self.pool_of = [pools[i // self.layout.block].tolist() for i in range(len(tokens))]
        self.vectors = random_vectors(6)


@pytest.mark.parametrize("negatives", [1, 3, 20])
@pytest.mark.parametrize(
    ("name", "temperature"), [("nce", 1.0), ("infonce", 1.0), ("infonce", 0.3)]
)
def test_loss_and_gradient_equal_autograd_on_a_fixed_draw(
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
    model = model_of(fixed.vectors, fixed.layout, objective(name, temperature), negatives)
    positive, negative, pairs = model.losses(fixed.batch)
    assert pairs == len(fixed.pairs)
    # torch's softplus is linear beyond 20: an error of up to e^-20 a comparison.
    assert math.isclose(positive + negative, loss.item(), rel_tol=1e-10)
    assert vectors.grad is not None
    found = whole_gradient(model, fixed.batch)
    torch.testing.assert_close(found, vectors.grad, rtol=1e-10, atol=1e-12)


def test_the_shares_of_the_loss_are_what_their_names_say() -> None:
    fixed = Fixed(3)
    tables = fixed.vectors[:WORDS], fixed.vectors[WORDS:]
    without_negatives = pooled_nce_loss(*tables, fixed.tokens, fixed.pairs, fixed.pool_of, 0)
    positive, _, _ = model_of(fixed.vectors, fixed.layout, Nce(), 3).losses(fixed.batch)
    assert math.isclose(positive, without_negatives.item(), rel_tol=1e-12)
    scores = sum(
        (tables[0][fixed.tokens[i]] @ tables[1][fixed.tokens[j]]).item() for i, j in fixed.pairs
    )
    attraction, _, _ = model_of(fixed.vectors, fixed.layout, InfoNce(0.3), 3).losses(fixed.batch)
    assert math.isclose(attraction, -scores / 0.3, rel_tol=1e-12)


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

    layout = Layout(radius=1, block=3, pool=3)
    model = model_of(vectors, layout, Nce(), negatives)
    reach = draw_reach(numbered_stream([3]), 1, False, np.random.default_rng(0))
    total, gradient = 0.0, torch.zeros_like(vectors)
    for pool in itertools.product((1, 2), repeat=3):
        chance = math.prod(probability[k] for k in pool)
        pools = np.array([pool], np.int32)
        batch = batch_of(layout, np.array(tokens, np.int32), reach, pools, words)
        total += chance * float(model.losses(batch)[:2].sum())
        gradient += chance * whole_gradient(model, batch)
    assert math.isclose(total, independent.item(), rel_tol=1e-12)
    assert leaf.grad is not None
    torch.testing.assert_close(gradient, leaf.grad, rtol=1e-10, atol=1e-12)


def labels_of(positive: list[list[int]], pool: int, negatives: int) -> Labels:
    """Labels of one block with these positives in the window, (b, w)."""
    window = torch.tensor([positive], dtype=torch.bool)
    keys = torch.cat([window, torch.zeros(*window.shape[:2], pool, dtype=torch.bool)], -1)
    return Labels.of(keys, window.shape[-1], negatives, torch.float32)


def test_labels_weigh_the_pool_by_positives_and_k() -> None:
    labels = labels_of([[1, 0, 1], [0, 0, 0]], pool=4, negatives=6)
    assert labels.positive.tolist() == [[[1, 0, 1, 0, 0, 0, 0], [0] * 7]]
    assert labels.weight.tolist() == [[[1, 0, 1, 3, 3, 3, 3], [0] * 7]]


@pytest.mark.parametrize("negatives", [1, 5])
def test_zero_scores_cost_log_two_a_comparison(negatives: int) -> None:
    labels = labels_of([[1, 0, 1, 0], [0, 1, 0, 0]], pool=7, negatives=negatives)
    scores = torch.zeros(1, 2, 11)
    positive, negative = Nce().losses(scores, labels)
    assert math.isclose(positive, 3 * math.log(2), rel_tol=1e-6)
    assert math.isclose(negative, 3 * negatives * math.log(2), rel_tol=1e-6)
    total = sum(InfoNce(0.5).losses(scores, labels))
    assert math.isclose(total, 3 * math.log(1 + negatives), rel_tol=1e-6)


@pytest.mark.parametrize("function", BOTH)
def test_a_centre_without_positives_costs_and_moves_nothing(function: Objective) -> None:
    labels = labels_of([[0, 0, 0], [0, 0, 0]], pool=4, negatives=5)
    scores = 10 * torch.randn(1, 2, 7, generator=torch.Generator().manual_seed(0))
    assert function.losses(scores.clone(), labels) == (0, 0)
    assert not function.gradient(scores, labels).any()


@pytest.mark.parametrize("function", BOTH)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_extreme_scores_stay_finite(function: Objective, dtype: torch.dtype) -> None:
    table = labels_of([[1, 1, 0]], pool=2, negatives=1)
    labels = Labels(table.positive.to(dtype), table.weight.to(dtype), table.window)
    for near, far in itertools.product(itertools.permutations((1e4, -1e4, 0)), (1e4, -1e4)):
        scores = torch.tensor([[[*near, far, -far]]], dtype=dtype)
        assert all(map(math.isfinite, function.losses(scores.clone(), labels)))
        gradient = function.gradient(scores, labels)
        assert gradient.isfinite().all() and gradient.dtype == dtype


class Skewed:
    """A batch as training has it: many uses of some rows, few of others."""

    def __init__(self) -> None:
        random = np.random.default_rng(3)
        words, self.layout = 300, Layout.of(5, 5)
        stream = numbered_stream([400] * 20)
        frequency = 1 / np.arange(1, words)
        drawn = random.choice(words - 1, len(stream), p=frequency / frequency.sum())
        blocks = self.layout.blocks(len(stream))
        pools = random.integers(1, words, (blocks, self.layout.pool)).astype(np.int32)
        reach = draw_reach(stream, 5, True, random)
        self.batch = batch_of(self.layout, (drawn + 1).astype(np.int32), reach, pools, words)
        self.vectors = 0.3 * random_vectors(4, words, 100)

    def gradient(self, function: Objective, dtype: torch.dtype) -> Tensor:
        own = torch.float64 if dtype == torch.float64 else torch.float32
        model = model_of(self.vectors.to(own), self.layout, function, 5, dtype)
        return whole_gradient(model, self.batch).double()


@pytest.fixture(scope="module")
def skewed() -> Skewed:
    return Skewed()


@pytest.mark.parametrize("function", BOTH)
def test_the_bfloat16_gradient_is_close_and_without_bias(
    skewed: Skewed, function: Objective
) -> None:
    exact = skewed.gradient(function, torch.float64)
    rough = skewed.gradient(function, torch.bfloat16)
    assert (rough - exact).norm() < 0.02 * exact.norm()
    # Neither longer nor shorter along its own direction: errors cancel out.
    assert abs((rough * exact).sum() / exact.square().sum() - 1) < 0.002
    # The row with the most uses is the one that a sum in bfloat16 would spoil.
    most = exact.norm(dim=1).argmax()
    assert (rough[most] - exact[most]).norm() < 0.02 * exact[most].norm()


@pytest.mark.parametrize("function", BOTH)
def test_the_float32_gradient_is_exact_to_rounding(skewed: Skewed, function: Objective) -> None:
    exact = skewed.gradient(function, torch.float64)
    found = skewed.gradient(function, torch.float32)
    assert (found - exact).norm() < 2e-6 * exact.norm()


def test_losses_are_in_float32_whatever_the_products_are(skewed: Skewed) -> None:
    vectors = skewed.vectors.float()
    first, second = (
        model_of(vectors, skewed.layout, Nce(), 5, dtype).losses(skewed.batch)
        for dtype in (torch.float32, torch.bfloat16)
    )
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("negatives", [1, 5, 20])
def test_negatives_stretch_a_gradient_as_much_as_is_said(negatives: int) -> None:
    """At scores of 0, with contexts in random directions: over many centres of one positive."""
    random = torch.Generator().manual_seed(negatives)
    keys = torch.randn(4000, 1, 1 + negatives, 64, generator=random)
    positive = torch.zeros(4000, 1, 1 + negatives)
    positive[..., 0] = 1

    def length(objective: Objective, comparisons: int) -> float:
        labels = Labels.of(positive[..., :comparisons] > 0, 1, comparisons - 1, torch.float32)
        to_scores = objective.gradient(torch.zeros(4000, 1, comparisons), labels)
        to_centres = torch.bmm(to_scores, keys[:, 0, :comparisons])
        return float(to_centres.square().sum(-1).mean().sqrt())

    nce, infonce = Nce(), InfoNce(1.0)
    measured = length(nce, 1 + negatives) / length(nce, 2)
    assert measured == pytest.approx(nce.stretch(negatives), rel=0.05)
    assert infonce.stretch(negatives) == 1
    # A softmax's row grows a little with K, and shrinks a little: by no more than a half.
    assert 0.6 < length(infonce, 1 + negatives) / length(infonce, 2) < 1.5
