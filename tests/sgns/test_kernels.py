"""The compiled loops, held to PyTorch's definition and to slow, obvious references."""

import re

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.core.compiled import REORDERED, Width
from stages.sgns import kernels
from stages.sgns.batches import Layout
from stages.sgns.learner import CompiledLearner
from stages.sgns.model import TorchLearner
from stages.sgns.rule import DECAY, LEAST_SQUARE
from tests.sgns.examples import OBJECTIVES, WORDS, config, random_batch, topic_trainer
from tests.sgns.reference import gradient_of


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    tokens=st.integers(1, 60),
    radius=st.integers(1, 7),
    negatives=st.integers(1, 20),
    dim=st.sampled_from([5, 16]),
    objective=st.sampled_from(OBJECTIVES),
)
def test_loss_and_gradient_are_those_of_autograd(
    seed: int,
    tokens: int,
    radius: int,
    negatives: int,
    dim: int,
    objective: tuple[str, float],
) -> None:
    random, layout = np.random.default_rng(seed), Layout.of(radius, negatives)
    params = config(R=radius, K=negatives, dim=dim, objective=objective[0])
    params = params.model_copy(update={"temperature": objective[1]})
    batch = random_batch(layout, tokens, random)
    vectors = random.normal(size=(2 * WORDS, dim)).astype(np.float32)
    fast = CompiledLearner(vectors[:WORDS], params, layout)
    fast.load({"vectors": vectors, "square": np.zeros(2 * WORDS, np.float32)}, 0)
    exact = TorchLearner(vectors[:WORDS].astype(np.float64), params, layout, "cpu")
    exact.load({"vectors": vectors, "square": np.zeros(2 * WORDS, np.float32)}, 0)
    positive, negative, pairs = exact.losses(batch)
    assert fast.losses(batch)[2] == pairs == (batch.left + batch.right).sum()
    # The share of the positives of InfoNCE may be near zero: a sum of scores of either sign.
    atol = 1e-5 * max(pairs, 1)
    np.testing.assert_allclose(fast.losses(batch)[:2], (positive, negative), 1e-5, atol)
    wanted = gradient_of(exact, batch).numpy()
    found = np.zeros_like(wanted)
    rows, gradient = fast.gradient(batch)
    assert len(set(rows)) == len(rows)
    found[rows] = gradient
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4 * max(1, np.abs(wanted).max()))


@pytest.mark.parametrize(("objective", "temperature"), OBJECTIVES)
def test_a_training_is_that_of_a_plain_loop_in_pytorch(objective: str, temperature: float) -> None:
    params = config(objective=objective, K=3, dim=16, subsample=0.01)
    params = params.model_copy(update={"temperature": temperature})
    trainer, plain = topic_trainer(params), topic_trainer(params)
    initial = plain.vectors()[0].copy()
    plain.learner = TorchLearner(initial, params, plain._sampler.layout, "cpu")
    for ours, theirs in zip(trainer.run(), plain.run(), strict=True):
        assert ours.validation.total == pytest.approx(theirs.validation.total, abs=1e-5)
    assert trainer.learner.steps == plain.learner.steps > 20
    for name, array in trainer.learner.state().items():
        np.testing.assert_allclose(array, plain.learner.state()[name], rtol=0.01, atol=1e-3)


def test_steps_equal_rmsprop_a_row_at_a_time() -> None:
    """A row that a step does not use keeps its mean square."""
    random = np.random.default_rng(7)
    vectors = random.normal(size=(16, 5)).astype(np.float32)
    slow, square, squares = vectors.astype(np.float64), np.zeros(16), np.zeros(16, np.float32)
    for step in range(1, 9):
        rows = random.choice(16, int(random.integers(1, 9)), replace=False).astype(np.int32)
        # Of very different sizes: a row's step does not depend on its gradient's scale.
        gradient = random.normal(size=(len(rows), 5)) * 10.0 ** random.integers(-4, 5)
        rule = DECAY, 1 - DECAY**step, LEAST_SQUARE, 0.1 / step
        kernels.move(rows, gradient.astype(np.float32), vectors, squares, rule, Width(5))
        for row, g in zip(rows, gradient, strict=True):
            square[row] = DECAY * square[row] + (1 - DECAY) * np.mean(g**2)
            slow[row] -= 0.1 / step * g / np.sqrt(square[row] / (1 - DECAY**step))
    np.testing.assert_allclose(vectors, slow, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e15])
def test_no_gradient_and_extreme_ones_leave_finite_vectors(size: float) -> None:
    vectors, square = np.ones((4, 5), np.float32), np.zeros(4, np.float32)
    rows, gradient = np.arange(4, dtype=np.int32), np.full((4, 5), size, np.float32)
    for step in range(1, 4):
        rule = DECAY, 1 - DECAY**step, LEAST_SQUARE, 0.1
        kernels.move(rows, gradient, vectors, square, rule, Width(5))
    assert np.isfinite(vectors).all()
    # The step of a gradient too small to be squared is too small to be seen.
    assert np.array_equal(vectors, np.ones((4, 5))) == (size < 1)


@pytest.mark.parametrize("objective", ["nce", "infonce"])
@pytest.mark.parametrize("scale", [1e2, 1e4])
def test_extreme_scores_stay_finite(objective: str, scale: float) -> None:
    params, layout = config(objective=objective, dim=5), Layout.of(3, 1)
    learner = CompiledLearner(np.zeros((WORDS, 5), np.float32), params, layout)
    random = np.random.default_rng(0)
    state = learner.state()
    state["vectors"][:] = scale * random.normal(size=(2 * WORDS, 5))
    batch = random_batch(layout, 50, random)
    assert (
        np.isfinite(learner.losses(batch)).all() and np.isfinite(learner.gradient(batch)[1]).all()
    )


def test_the_machine_code_has_no_estimate_that_differs_between_makers() -> None:
    learner = CompiledLearner(np.zeros((WORDS, 5), np.float32), config(dim=5), Layout.of(3, 1))
    batch = random_batch(Layout.of(3, 1), 50, np.random.default_rng(0))
    # Kept code cannot be looked at: compiled anew.
    fresh = numba.njit(fastmath=REORDERED, error_model="numpy")(kernels.gradient.py_func)  # type: ignore[attr-defined]
    room, blocks = learner._gradients, (0, len(batch.pool))
    state = (blocks, learner._slots[0], room.rows[0], room.values[0], learner._dim)
    fresh(tuple(batch), learner._vectors, learner._settings, *state)
    (code,) = fresh.inspect_asm().values()
    assert "vfmadd" in code and "vdivps" in code
    assert not re.search(r"\bv?r(cp|sqrt)[ps]s|\bzmm", code)
