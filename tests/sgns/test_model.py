import math

import numpy as np
import pytest
import torch

from stages.sampling.stream import draw_reach
from stages.sgns import model as module
from stages.sgns.batches import Batch
from stages.sgns.layout import Layout
from stages.sgns.model import DECAY, SkipGram
from stages.sgns.objective import objective
from tests.sgns.examples import batch_of, numbered_stream
from tests.sgns.reference import RowwiseRmsprop

WORDS, DIM = 8, 4


def small_model(dtype: torch.dtype) -> SkipGram:
    generator = torch.Generator().manual_seed(2)
    vectors = torch.randn(2 * WORDS, DIM, generator=generator, dtype=torch.float64).to(dtype)
    return SkipGram(
        vectors,
        torch.zeros(2 * WORDS, dtype=dtype),
        layout=Layout.of(2, 1),
        objective=objective("nce", 1.0),
        negatives=1,
        dtype=dtype,
    )


def test_centres_come_before_contexts() -> None:
    model = small_model(torch.float32)
    assert torch.equal(torch.cat([model.centre, model.context]), model.vectors)
    model.context[0] = 7  # views: what changes them changes the vectors
    assert (model.vectors[WORDS] == 7).all()


@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_steps_equal_rmsprop_a_row_at_a_time(dtype: torch.dtype, close: float) -> None:
    model, random = small_model(dtype), np.random.default_rng(7)
    slow = RowwiseRmsprop(model.vectors.tolist(), DECAY)
    for step in range(1, 9):
        rows = np.sort(random.choice(2 * WORDS, int(random.integers(1, 9)), replace=False))
        # Of very different sizes: a row's step does not depend on its gradient's scale.
        gradient = random.normal(size=(len(rows), DIM)) * 10.0 ** random.integers(-4, 5)
        lr = 0.1 / step
        model.steps = step
        model.move(torch.from_numpy(rows), torch.from_numpy(gradient.copy()).to(dtype), lr)
        slow.step(dict(zip(rows.tolist(), gradient.tolist(), strict=True)), lr)
    assert torch.allclose(
        model.vectors.double(),
        torch.tensor(slow.vectors, dtype=torch.float64),
        rtol=close,
        atol=close,
    )
    squares = torch.tensor(slow.squares, dtype=torch.float64)
    torch.testing.assert_close(model.square.double(), squares, rtol=10 * close, atol=0)


def test_the_first_step_is_lr_a_dimension_against_the_gradient() -> None:
    model = small_model(torch.float64)
    before, model.steps = model.vectors[3].clone(), 1
    gradient = torch.tensor([[3e-6, -4e-6, 0, 5e-6]], dtype=torch.float64)
    model.move(torch.tensor([3]), gradient.clone(), 0.25)
    moved = model.vectors[3] - before
    assert math.isclose(moved.norm().item(), 0.25 * math.sqrt(DIM), rel_tol=1e-9)
    assert torch.allclose(moved / moved.norm(), -gradient[0] / gradient.norm())


def test_rows_that_are_not_used_do_not_change_by_a_byte() -> None:
    model = small_model(torch.float32)
    model.square.uniform_(generator=torch.Generator().manual_seed(0))
    before = model.vectors.clone(), model.square.clone()
    model.steps = 3
    rows, others = torch.tensor([1, 4, 9]), [i for i in range(2 * WORDS) if i not in (1, 4, 9)]
    model.move(rows, torch.ones(3, DIM), 0.1)
    for now, then in zip((model.vectors, model.square), before, strict=True):
        assert now[others].numpy().tobytes() == then[others].numpy().tobytes()
        assert (now[rows] != then[rows]).all()


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e15])
def test_no_gradient_and_extreme_ones_leave_finite_vectors(size: float) -> None:
    model = small_model(torch.float32)
    before = model.vectors.clone()
    for step in range(1, 4):
        model.steps = step
        model.move(torch.arange(2 * WORDS), torch.full((2 * WORDS, DIM), size), 0.1)
    assert model.vectors.isfinite().all() and model.square.isfinite().all()
    # The step of a gradient too small to be squared is too small to be seen.
    assert torch.equal(model.vectors, before) == (size < 1)


def test_moving_no_rows_changes_nothing() -> None:
    model = small_model(torch.float32)
    before, model.steps = model.vectors.clone(), 1
    model.move(torch.arange(0), torch.zeros(0, DIM), 0.1)
    assert torch.equal(model.vectors, before)


class Large:
    """A batch of more blocks than are scored at a time, the last of them not full."""

    def __init__(self, name: str, dtype: torch.dtype) -> None:
        random = np.random.default_rng(1)
        words, layout = 50, Layout.of(3, 2)
        stream = numbered_stream([50] * 105 + [11])
        tokens = random.integers(1, words, len(stream)).astype(np.int32)
        blocks = layout.blocks(len(stream))
        assert blocks > module.PART
        pools = random.integers(1, words, (blocks, layout.pool)).astype(np.int32)
        reach = draw_reach(stream, 3, True, random)
        self.batch: Batch = batch_of(layout, tokens, reach, pools, words)
        self.model = SkipGram(
            torch.from_numpy(random.normal(size=(2 * words, 20)).astype(np.float32)),
            torch.zeros(2 * words),
            layout=layout,
            objective=objective(name, 1.0),
            negatives=2,
            dtype=dtype,
        )


@pytest.mark.parametrize("name", ["nce", "infonce"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_scoring_in_smaller_parts_changes_no_byte_of_the_gradient(
    name: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Large(name, dtype)
    whole, losses = large.model.gradient(large.batch), large.model.losses(large.batch)
    assert whole.shape == (len(large.batch.rows), 20)
    monkeypatch.setattr(module, "PART", 7)
    assert torch.equal(large.model.gradient(large.batch), whole)
    np.testing.assert_allclose(large.model.losses(large.batch), losses, rtol=1e-12)


def test_a_gradient_changes_neither_vectors_nor_batch() -> None:
    large = Large("nce", torch.float32)
    before = large.model.vectors.clone()
    first = large.model.gradient(large.batch)
    assert torch.equal(large.model.gradient(large.batch), first)
    assert torch.equal(large.model.vectors, before)
