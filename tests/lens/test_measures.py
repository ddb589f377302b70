import itertools
import math
from collections import Counter

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from stages.core.arrays import FloatArray
from stages.lens import measures
from stages.lens.measures import Pmi, Positives
from stages.sampling.noise import NoiseDistribution
from stages.sampling.stream import Stream


def vectors(rows: int, dim: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)


def stream(words: list[int]) -> Stream:
    count = np.arange(len(words), dtype=np.int32)
    return Stream(np.array(words, np.int32), count, count[::-1].copy())


def double_loop(words: list[int], radius: int) -> list[tuple[int, int]]:
    places = itertools.permutations(range(len(words)), 2)
    return [(words[i], words[j]) for i, j in places if abs(i - j) <= radius]


def positives(words: list[int], radius: int) -> Positives:
    return Positives.of([stream(words)], radius, dynamic=False, random=np.random.default_rng(0))


def test_pairs_are_those_of_a_double_loop_and_thinned_from_all_over() -> None:
    words = np.random.default_rng(0).integers(1, 9, 60).tolist()
    pairs = double_loop(words, 2)
    for most in (1, 30, len(pairs) - 1, len(pairs), 10**9):
        found = positives(words, 2).pairs(most)
        assert found.shape[1] <= most
        step = -(-len(pairs) // most)
        assert list(zip(*found, strict=True)) == pairs[::step]
    none = Positives.of([], 2, dynamic=True, random=np.random.default_rng(0))
    assert len(none) == none.pairs(5).size == 0


def test_pmi_counts_the_pairs_of_a_double_loop() -> None:
    words = np.random.default_rng(4).integers(1, 7, 200).tolist()
    noise = NoiseDistribution(np.bincount(words, minlength=9), 0.75)
    pmi = Pmi.of(positives(words, 3), noise)
    pairs = double_loop(words, 3)
    found = zip(pmi.centres.tolist(), pmi.contexts.tolist(), pmi.count.tolist(), strict=True)
    assert {(a, b): n for a, b, n in found} == Counter(pairs)
    assert pmi.total == len(pairs) == pmi.count.sum()
    for n, (word, other) in enumerate(zip(pmi.centres, pmi.contexts, strict=True)):
        drawn = sum(centre == word for centre, _ in pairs) * noise.probability[other]
        assert pmi.drawn[n] == pytest.approx(drawn)
        assert pmi.value[n] == pytest.approx(math.log(pmi.count[n] / drawn))


def test_mean_cosine_and_uniformity_by_double_loop() -> None:
    rows = vectors(7, 3)
    unit = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None]
    others = list(itertools.permutations(range(7), 2))
    cosines = [unit[i] @ unit[j] for i, j in others]
    potentials = [math.exp(-2 * float(np.square(unit[i] - unit[j]).sum())) for i, j in others]
    assert measures.mean_cosine(rows) == pytest.approx(np.mean(cosines))
    assert measures.uniformity(rows) == pytest.approx(math.log(np.mean(potentials)))


def test_effective_rank_is_that_of_the_singular_values() -> None:
    for rows in (vectors(40, 6), vectors(4, 6), vectors(40, 6) ** 5):
        values = np.linalg.svd(rows.astype(np.float64), compute_uv=False)
        share = values / values.sum()
        assert measures.effective_rank(rows) == pytest.approx(
            math.exp(-(share * np.log(share)).sum())
        )
    assert measures.effective_rank(np.zeros((3, 2), np.float32)) == 1


def test_alignment_is_the_mean_squared_distance_of_unit_vectors() -> None:
    centre, context = vectors(4, 3, 1), vectors(4, 3, 2)
    pairs = np.array([[1, 2, 3], [2, 2, 1]], np.int32)
    u, v = measures.unit_rows(centre), measures.unit_rows(context)
    expected = np.mean([np.square(u[a] - v[b]).sum() for a, b in ((1, 2), (2, 2), (3, 1))])
    assert measures.alignment(centre, context, pairs) == pytest.approx(expected)
    assert measures.alignment(centre, centre, pairs[[0, 0]]) == pytest.approx(0)


def test_retrieval_is_certain_chance_or_hopeless() -> None:
    noise = NoiseDistribution(np.array([0, 1, 1, 1, 1], np.int64), 1.0)
    centre = np.ones((5, 1), np.float32)
    pairs = np.tile(np.array([[1], [4]], np.int32), 2000)
    rivals = noise.sample((2000, measures.RIVALS), np.random.default_rng(0))

    def rate(context: list[float]) -> float:
        table = np.array(context, np.float32)[:, None]
        return measures.retrieval(centre, table, pairs, rivals)

    # Word 4 wins unless it is among its own ten rivals, with which it then ties.
    chance = 0.75**measures.RIVALS
    assert abs(rate([0, 1, 1, 1, 2]) - chance) < 6 * math.sqrt(chance * (1 - chance) / 2000)
    assert rate([0, 2, 2, 2, 1]) == pytest.approx(0, abs=0.01)


def planted(negatives: int) -> tuple[FloatArray, FloatArray, Pmi]:
    """Vectors whose scores are exactly the optimum: one-hot centres, contexts' rows its scores."""
    words = np.random.default_rng(3).choice(np.arange(1, 6), 3000, p=[0.4, 0.3, 0.1, 0.1, 0.1])
    noise = NoiseDistribution(np.array([0, 5, 4, 3, 2, 1], np.int64), 0.75)
    pmi = Pmi.of(positives(np.sort(words).tolist() + words.tolist(), 2), noise).frequent()
    context = np.zeros((6, 6), np.float32)
    context[pmi.contexts, pmi.centres] = pmi.value - math.log(negatives)
    return np.eye(6, dtype=np.float32), context, pmi


@pytest.mark.parametrize("negatives", [1, 5, 20])
def test_scores_at_the_optimum_have_slope_one_and_intercept_minus_log_k(negatives: int) -> None:
    centre, context, pmi = planted(negatives)
    scores = measures.products(centre, pmi.centres, context, pmi.contexts)
    slope, intercept, correlation = measures.fit_to_pmi(pmi.value, scores)
    assert len(pmi.value) > 10
    assert slope == pytest.approx(1, abs=1e-5)
    assert intercept == pytest.approx(-math.log(negatives), abs=1e-5)
    assert correlation == pytest.approx(1)


@pytest.mark.parametrize("negatives", [1, 5])
def test_the_floor_is_the_least_that_any_scores_reach(negatives: int) -> None:
    *_, pmi = planted(negatives)
    least = 0.0
    for count, drawn in zip(pmi.count, negatives * pmi.drawn, strict=True):
        least += minimize_scalar(
            lambda s, n=count, d=drawn: n * np.logaddexp(0, -s) + d * np.logaddexp(0, s)
        ).fun
    assert measures.loss_floor(pmi, negatives) == pytest.approx(least / pmi.total)


def test_of_equally_near_the_first_is_nearer() -> None:
    rows = np.array([[1, 0], [0, 1], [2, 0], [0, -3], [1, 1], [0, 5]], np.float32)
    found, cosines = measures.nearest(rows, [1, 2], 3)
    assert found.tolist() == [[5, 4, 0], [0, 4, 1]]
    assert cosines[0].tolist() == pytest.approx([1, 0.5**0.5, 0])
    assert measures.nearest(rows, [1], 99, first=1)[0].tolist() == [[5, 4, 2, 3]]


def test_stability_is_one_for_the_same_neighbours_and_little_for_others() -> None:
    one = vectors(300, 8, 0)
    assert measures.stability([one, 3 * one]) == 1
    # Ten of 298 others by chance.
    assert measures.stability([one, vectors(300, 8, 1)]) < 0.1
    assert math.isnan(measures.stability([one]))
