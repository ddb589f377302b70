import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stages.report.statistics import (
    holm,
    intervals_by,
    mean_interval,
    rank_correlation,
)

P_VALUES = st.lists(st.floats(0, 1) | st.floats(0, 0.1), min_size=1, max_size=12)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30).filter(lambda v: np.std(v) > 1e-6))
def test_interval_equals_scipys(values: list[float]) -> None:
    interval = mean_interval(values)
    low, high = stats.t.interval(
        0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
    )
    assert interval.low == pytest.approx(low) and interval.high == pytest.approx(high)


def test_one_value_has_no_interval() -> None:
    interval = mean_interval([0.5])
    assert interval.mean == 0.5 and math.isnan(interval.low) and math.isnan(interval.high)


def test_intervals_are_taken_group_by_group() -> None:
    table = pd.DataFrame({"R": [2, 1, 2, 1], "x": [10.0, 1.0, 20.0, 1.0]})
    found = intervals_by(table, ["R"], "x")
    assert found["R"].tolist() == [1, 2] and found["mean"].tolist() == [1.0, 15.0]
    assert found["low"].tolist()[0] == found["high"].tolist()[0] == 1.0


def test_rank_correlation_is_scipys_and_its_interval_holds_it() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=40)
    y = x + random.normal(size=40)
    found = rank_correlation(x, y)
    assert found.mean == pytest.approx(stats.spearmanr(x, y)[0])
    assert found.low < found.mean < found.high
    # Fisher's z, with the variance of Fieller et al. (1957), as a second opinion.
    half = 1.96 * np.sqrt(1.06 / (40 - 3))
    assert found.low == pytest.approx(np.tanh(np.arctanh(found.mean) - half), abs=0.12)


def test_a_perfect_order_is_one_and_a_constant_has_none() -> None:
    assert rank_correlation([1, 2, 3, 4, 5], [2, 4, 8, 16, 32]).mean == pytest.approx(1)
    assert np.isnan(rank_correlation([1, 1, 1], [1, 2, 3]).mean)


@pytest.mark.parametrize(
    ("p_values", "corrected"),
    [
        # Holm (1979): 0.01 * 4, 0.02 * 3, then 0.03 * 2 = 0.06 again, 0.04 * 1 raised to 0.06.
        ([0.04, 0.01, 0.03, 0.02], [0.06, 0.04, 0.06, 0.06]),
        ([math.nan, 0.01, 0.04], [math.nan, 0.02, 0.04]),
    ],
)
def test_holm_by_hand(p_values: list[float], corrected: list[float]) -> None:
    assert holm(p_values, 0.05)[1] == pytest.approx(corrected, nan_ok=True)


@given(P_VALUES)
def test_holm_rejects_what_stepping_down_rejects(p_values: list[float]) -> None:
    """A second implementation: test the smallest at 0.05 / m, the next at 0.05 / (m - 1), ..."""
    rejected = set()
    for rank, (p, index) in enumerate(sorted((p, i) for i, p in enumerate(p_values))):
        if p * (len(p_values) - rank) >= 0.05:
            break
        rejected.add(index)
    levels, corrected = holm(p_values, 0.05)
    assert {i for i, p in enumerate(corrected) if p < 0.05} == rejected
    for index, (p, level) in enumerate(zip(p_values, levels, strict=True)):
        if abs(p - level) > 1e-12:  # equal but for rounding: either may be below
            assert (p < level) == (index in rejected)
