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


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30).filter(lambda v: np.std(v) > 1e-6))
def test_interval_equals_scipys(values: list[float]) -> None:
    interval = mean_interval(values)
    low, high = stats.t.interval(
        0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
    )
    assert interval.low == pytest.approx(low) and interval.high == pytest.approx(high)


def test_intervals_are_taken_group_by_group_and_one_value_has_none() -> None:
    table = pd.DataFrame({"R": [2, 1, 2, 1], "x": [10.0, 1.0, 20.0, 1.0]})
    found = intervals_by(table, ["R"], "x")
    assert found["R"].tolist() == [1, 2] and found["mean"].tolist() == [1.0, 15.0]
    assert found["low"].tolist()[0] == found["high"].tolist()[0] == 1.0
    one = mean_interval([0.5])
    assert one.mean == 0.5 and math.isnan(one.low) and math.isnan(one.high)


def test_rank_correlation_is_scipys_and_its_interval_holds_it() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=40)
    y = x + random.normal(size=40)
    found = rank_correlation(x, y)
    assert found.mean == pytest.approx(stats.spearmanr(x, y)[0])
    assert found.low < found.mean < found.high
    assert np.isnan(rank_correlation([1, 1, 1], [1, 2, 3]).mean)
    # Fisher's z, with the variance of Fieller et al. (1957), as a second opinion.
    half = 1.96 * np.sqrt(1.06 / (40 - 3))
    assert found.low == pytest.approx(np.tanh(np.arctanh(found.mean) - half), abs=0.12)


@given(st.lists(st.floats(0, 1) | st.floats(0, 0.1), min_size=1, max_size=12))
def test_holm_rejects_what_stepping_down_rejects(p_values: list[float]) -> None:
    """A second implementation: test the smallest at 0.05 / m, the next at 0.05 / (m - 1), ..."""
    levels, corrected = holm([*p_values, math.nan], 0.05)
    assert math.isnan(levels.pop()) and math.isnan(corrected.pop())
    largest, going = 0.0, True
    for rank, (p, index) in enumerate(sorted((p, i) for i, p in enumerate(p_values))):
        largest = max(largest, p * (len(p_values) - rank))
        assert corrected[index] == pytest.approx(min(largest, 1))
        going = going and largest < 0.05
        if abs(p - levels[index]) > 1e-12:  # equal but for rounding: either may be below
            assert (p < levels[index]) == going
