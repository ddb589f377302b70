import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stages.report.statistics import intervals_by, mean_interval, paired_difference


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


def test_differences_are_paired_by_seed_whatever_the_order() -> None:
    lines = [("a", 0, 5.0), ("b", 1, 1.0), ("b", 0, 2.0), ("a", 1, 9.0), ("a", 2, 7.0)]
    table = pd.DataFrame(lines, columns=["method", "run", "score"])
    assert paired_difference(table, "score", "a", "b").to_dict() == {0: 3.0, 1: 8.0}
