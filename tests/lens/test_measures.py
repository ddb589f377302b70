import itertools
import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from stages.files.arrays import FloatArray
from stages.lens import measures
from stages.lens.measures import Pairs, Pmi
from stages.sampling.noise import NoiseDistribution
from stages.sampling.stream import Stream


def vectors(rows: int, dim: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)


def stream(words: list[int]) -> Stream:
    count = np.arange(len(words), dtype=np.int32)
    return Stream(np.array(words, np.int32), count, count[::-1].copy())


def test_pairs_are_those_of_a_double_loop() -> None:
    words = [3, 1, 4, 1, 5, 2, 6]
    pairs = Pairs.of([stream(words)], 2, dynamic=False, random=np.random.default_rng(0))
    expected = [
        (words[i], words[j])
        for i, j in itertools.permutations(range(len(words)), 2)
        if abs(i - j) <= 2
    ]
    found = zip(pairs.centres.tolist(), pairs.contexts.tolist(), strict=True)
    assert sorted(found) == sorted(expected)
    assert len(Pairs.of([], 2, dynamic=True, random=np.random.default_rng(0))) == 0


def test_thinning_keeps_pairs_from_all_over() -> None:
    number = np.arange(100, dtype=np.int32)
    thin = Pairs(number, number + 1).thinned(30)
    assert thin.centres.tolist() == list(range(0, 100, 4))
    assert (thin.contexts - thin.centres == 1).all()
    assert len(Pairs(number, number).thinned(1000)) == 100


def test_mean_cosine_and_uniformity_by_double_loop() -> None:
    rows = vectors(7, 3)
    unit = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None]
    others = list(itertools.permutations(range(7), 2))
    cosines = [unit[i] @ unit[j] for i, j in others]
    potentials = [math.exp(-2 * float(np.square(unit[i] - unit[j]).sum())) for i, j in others]
    assert measures.mean_cosine(rows) == pytest.approx(np.mean(cosines))
    assert measures.uniformity(rows) == pytest.approx(math.log(np.mean(potentials)))


def test_a_narrow_cone_has_mean_cosine_one_and_rank_one() -> None:
    cone = np.outer(np.arange(1, 9), np.ones(5)).astype(np.float32)
    assert measures.mean_cosine(cone) == pytest.approx(1)
    assert measures.effective_rank(cone) == pytest.approx(1)
    assert measures.uniformity(cone) == pytest.approx(0)


def test_orthogonal_vectors_have_full_effective_rank() -> None:
    assert measures.effective_rank(np.eye(6, dtype=np.float32)) == pytest.approx(6)


def test_alignment_is_the_mean_squared_distance_of_unit_vectors() -> None:
    centre, context = vectors(4, 3, 1), vectors(4, 3, 2)
    pairs = Pairs(np.array([1, 2, 3], np.int32), np.array([2, 2, 1], np.int32))
    u, v = measures.unit_rows(centre), measures.unit_rows(context)
    expected = np.mean([np.square(u[a] - v[b]).sum() for a, b in ((1, 2), (2, 2), (3, 1))])
    assert measures.alignment(centre, context, pairs) == pytest.approx(expected)
    assert measures.alignment(centre, centre, Pairs(pairs.centres, pairs.centres)) == pytest.approx(
        0
    )


def test_retrieval_is_certain_chance_or_hopeless() -> None:
    noise = NoiseDistribution(np.array([0, 1, 1, 1, 1], np.int64), 1.0)
    centre = np.ones((5, 1), np.float32)
    pairs = Pairs(np.full(2000, 1, np.int32), np.full(2000, 4, np.int32))

    def rate(context: list[float]) -> float:
        table = np.array(context, np.float32)[:, None]
        return measures.retrieval(centre, table, pairs, noise, np.random.default_rng(0))

    # Word 4 wins unless it is among its own ten rivals, with which it then ties.
    chance = 0.75**measures.RIVALS
    assert abs(rate([0, 1, 1, 1, 2]) - chance) < 6 * math.sqrt(chance * (1 - chance) / 2000)
    assert rate([0, 2, 2, 2, 1]) == pytest.approx(0, abs=0.01)


def planted(negatives: int) -> tuple[FloatArray, FloatArray, Pmi, Pairs, NoiseDistribution]:
    """Vectors whose scores are exactly the optimum: one-hot centres, contexts' rows its scores."""
    random = np.random.default_rng(3)
    centres = random.integers(1, 6, 6000).astype(np.int32)
    contexts = ((centres + random.integers(0, 3, 6000)) % 5 + 1).astype(np.int32)
    pairs = Pairs(centres, contexts)
    noise = NoiseDistribution(np.array([0, 5, 4, 3, 2, 1], np.int64), 0.75)
    pmi = Pmi.of(pairs, noise)
    context = np.zeros((6, 6), np.float32)
    context[pmi.contexts, pmi.centres] = pmi.value - math.log(negatives)
    return np.eye(6, dtype=np.float32), context, pmi, pairs, noise


@pytest.mark.parametrize("negatives", [1, 5, 20])
def test_scores_at_the_optimum_have_slope_one_and_intercept_minus_log_k(negatives: int) -> None:
    fit = measures.fit_to_pmi(*measures.scores_and_pmi(*planted(negatives)[:3]))
    assert fit.slope == pytest.approx(1, abs=1e-5)
    assert fit.intercept == pytest.approx(-math.log(negatives), abs=1e-5)
    assert fit.correlation == pytest.approx(1)


@pytest.mark.parametrize("negatives", [1, 5])
def test_the_floor_is_the_least_that_any_scores_reach(negatives: int) -> None:
    *_, pmi, pairs, noise = planted(negatives)
    least = 0.0
    for word, other, count in zip(pmi.centres, pmi.contexts, pmi.count, strict=True):
        drawn = negatives * (pairs.centres == word).sum() * noise.probability[other]
        least += minimize_scalar(
            lambda s, n=count, d=drawn: n * np.logaddexp(0, -s) + d * np.logaddexp(0, s)
        ).fun
    assert measures.loss_floor(pmi, negatives) == pytest.approx(least / len(pairs))


def test_stability_is_one_for_the_same_neighbours_and_little_for_others() -> None:
    one = vectors(300, 8, 0)
    assert measures.stability([one, 3 * one]) == 1
    # Ten of 298 others by chance.
    assert measures.stability([one, vectors(300, 8, 1)]) < 0.1
    assert math.isnan(measures.stability([one]))
