from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator
from scipy import stats

from stages.sampling.noise import NoiseDistribution, alias_table

some_counts = st.lists(
    st.one_of(st.just(0), st.integers(1, 9), st.integers(1, 10**7)), min_size=2, max_size=60
).filter(lambda counts: any(counts[1:]))


@pytest.mark.parametrize("power", [0.0, 0.75, 1.0])
def test_frequencies_follow_count_to_the_power(power: float) -> None:
    counts = np.array([100, 80, 40, 20, 10, 0, 5])
    drawn = NoiseDistribution(counts, power).sample((400, 500), np.random.default_rng(0))
    assert drawn.shape == (400, 500) and drawn.dtype == np.int32
    observed = np.bincount(drawn.reshape(-1), minlength=7)
    weight = np.array([0.0, *(count**power if count else 0.0 for count in counts.tolist()[1:])])
    expected = weight / weight.sum() * drawn.size
    assert observed[0] == observed[5] == 0
    possible = expected > 0
    assert stats.chisquare(observed[possible], expected[possible]).pvalue > 1e-4


@settings(deadline=None, max_examples=300)
@given(counts=some_counts, power=st.sampled_from([0.0, 0.75, 1.0]))
def test_the_alias_table_implies_the_probabilities(counts: list[int], power: float) -> None:
    probability = NoiseDistribution(np.array(counts), power).probability
    accept, alias = alias_table(probability)
    implied = accept / len(counts)
    np.add.at(implied, alias, (1 - accept) / len(counts))
    assert ((accept >= 0) & (accept <= 1)).all()
    np.testing.assert_allclose(implied, probability, rtol=0, atol=1e-9)
    never = np.array([i == 0 or count == 0 for i, count in enumerate(counts)])
    assert not implied[never].any()  # exactly zero: not once in any number of draws


@settings(deadline=None)
@given(counts=some_counts, number=st.sampled_from([0.0, 0.5, float(np.nextafter(1, 0))]))
def test_the_least_and_the_greatest_random_number_draw_a_word(
    counts: list[int], number: float
) -> None:
    random = mock.Mock(spec=Generator)
    random.random.return_value = np.array([number])
    (word,) = NoiseDistribution(np.array(counts), 0.75).sample((1,), random).tolist()
    assert word > 0 and counts[word] > 0
