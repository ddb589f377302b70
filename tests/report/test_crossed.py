"""Intervals over runs and test rows: by hand, against other ways, and how often they hold."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from stages.report.crossed import ByRow, Estimate, crossed, mean_products, over_runs
from stages.report.statistics import mean_interval

Table = npt.NDArray[np.float64]
WHOLE = st.integers(-3, 3).map(float)


@given(arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(2, 6)), elements=WHOLE))
def test_mean_squares_are_those_of_an_analysis_of_variance(values: Table) -> None:
    """A second implementation: residuals of the additive model, cell by cell."""
    runs, rows = values.shape
    run, row, mean = values.mean(1, keepdims=True), values.mean(0, keepdims=True), values.mean()
    of_runs, of_rows, found_rest = mean_products(values, values)
    assert of_runs == pytest.approx(rows * ((run - mean) ** 2).sum() / (runs - 1), abs=1e-9)
    assert of_rows == pytest.approx(runs * ((row - mean) ** 2).sum() / (rows - 1), abs=1e-9)
    rest = ((values - run - row + mean) ** 2).sum() / ((runs - 1) * (rows - 1))
    assert found_rest == pytest.approx(rest, abs=1e-9)


def test_an_interval_by_hand() -> None:
    # Run means 2, 4; row means 0, 3, 6: mean squares 6, 18 and (1 + 1 + 0 + 0 + 1 + 1) / 2 = 2.
    found = crossed(np.array([[0.0, 2.0, 4.0], [0.0, 4.0, 8.0]]))
    assert found.mean == 3
    assert found.between_runs == pytest.approx(6 / 6)
    assert found.between_rows == pytest.approx((18 - 2) / 6)
    assert found.error == pytest.approx(math.sqrt((6 + 18 - 2) / 6))


def test_the_distribution_is_that_of_its_draws() -> None:
    """A second implementation: t sin + z cos, drawn a million times."""
    random = np.random.default_rng(0)
    for n, of_runs, of_rows in ((6, 1.0, 2.0), (3, 3.0, 1.0)):
        found = Estimate(np.float64(0), np.float64(of_runs), np.float64(of_rows), n)
        drawn = abs(
            random.standard_t(n - 1, 10**6) * of_runs**0.5
            + random.standard_normal(10**6) * of_rows**0.5
        )
        for confidence in (0.5, 0.95, 0.9975):
            _, high = found.bounds(confidence)
            assert high == pytest.approx(np.quantile(drawn, confidence), rel=0.02)
            assert found.p_value(high) == pytest.approx(1 - confidence, rel=1e-6)


@given(arrays(np.float64, st.integers(2, 8), elements=WHOLE), st.integers(1, 4))
def test_where_all_rows_are_alike_it_is_students(values: Table, rows: int) -> None:
    expected = mean_interval(values)
    for found in (over_runs(values), crossed(np.repeat(values[:, None], rows, axis=1))):
        interval = found.interval()
        assert interval.low == pytest.approx(expected.low, abs=1e-6)
        assert interval.high == pytest.approx(expected.high, abs=1e-6)


def test_where_all_runs_are_alike_it_is_that_of_rows() -> None:
    row = np.random.default_rng(0).random(400)
    found, half = crossed(np.tile(row, (6, 1))).interval(), 1.959964 * stats.sem(row)
    assert found.low == pytest.approx(row.mean() - half, abs=1e-5)
    assert found.high == pytest.approx(row.mean() + half, abs=1e-5)


def test_one_run_has_no_interval() -> None:
    found = crossed(np.array([[0.0, 1.0, 1.0]]))
    assert found.mean == pytest.approx(2 / 3) and found.n == 1
    assert all(math.isnan(x) for x in (found.error, *found.bounds(), found.p_value()))


def test_without_any_spread_only_the_mean_itself_is_possible() -> None:
    found = crossed(np.full((3, 4), 0.1))
    assert found.p_value(0.1) == 1 and found.p_value(0.2) == 0
    assert found.bounds() == pytest.approx((0.1, 0.1))


def test_equal_runs_leave_the_rest_to_be_reckoned_with() -> None:
    """Runs of equal means by chance are no sign of a mean that is known without error."""
    found = crossed(np.array([[1.0, 0, 1, 0], [0, 1, 0, 1]]))
    assert found.mean == 0.5 and found.error > 0


def test_runs_are_paired_and_lines_of_one_run_averaged() -> None:
    lines = pd.DataFrame({"run": [1, 0, 1]}, index=[2, 0, 3])
    correct = np.array([[1, 1], [9, 9], [0, 1], [0, 0]])
    found = ByRow.of(lines, correct.astype(np.float32))
    assert found.runs.tolist() == [0, 1] and found.values.tolist() == [[1, 1], [0, 0.5]]
    less = found - ByRow(np.array([1, 2]), np.ones((2, 2)))
    assert less.runs.tolist() == [1] and less.values.tolist() == [[-1, -0.5]]


@dataclass(frozen=True)
class World:
    """Two methods of known accuracy, tested again and again.

    A method is right on a row where skill + what is easy about the row + what is easy about it
    for this method + the run's luck + the rest, all normal but the skill, is above 0.

    accuracy: of the second method; gain: of the first over it, and luck: the standard deviation
    between runs of one method, in points. taste: that of what is easy for one method alone.
    models: runs i and i + models have the same luck; they are averaged. alone: the accuracy of
    the first is of interest, in the place of its gain.
    """

    rows: int
    luck: float
    accuracy: float
    gain: float
    taste: float = 0.7
    models: int = 0
    alone: bool = False

    @property
    def truth(self) -> float:
        return self.gain / 100 + (self.accuracy if self.alone else 0)

    def tested(self, random: np.random.Generator, runs: int = 6) -> Table:
        """One experiment: new runs, and new rows."""
        others = 1 + 2.0**2 + self.taste**2
        slope = stats.norm.pdf(stats.norm.ppf(self.accuracy)) / math.sqrt(others)
        luck = self.luck / 100 / slope
        right = []
        easy = 2 * random.standard_normal(self.rows, np.float32)
        for accuracy in (self.accuracy + self.gain / 100, self.accuracy):
            skill = stats.norm.ppf(accuracy) * math.sqrt(others + luck**2)
            of_run = luck * random.standard_normal(self.models or runs, np.float32)
            rest = random.standard_normal((runs, self.rows), np.float32)
            rest += skill + easy + self.taste * random.standard_normal(self.rows, np.float32)
            right.append((rest + np.resize(of_run, runs)[:, None] > 0).astype(np.float64))
        values = right[0] if self.alone else right[0] - right[1]
        table = ByRow(np.arange(runs), values)
        return (table.by_model(self.models) if self.models else table).values

    def coverage(self, times: int, confidence: float) -> float:
        """How often the interval holds the truth."""
        random = np.random.default_rng(0)
        hits = 0
        for _ in range(times):
            low, high = crossed(self.tested(random)).bounds(confidence)
            hits += bool(low <= self.truth <= high)
        return hits / times


WORLDS = {
    "no luck, few rows": World(1000, 0.0, 0.85, 1.0),
    "some luck": World(2000, 0.2, 0.90, 0.5),
    "much luck, few rows, no gain": World(1000, 0.5, 0.90, 0.0),
    "as over models": World(1000, 0.3, 0.85, 0.5, models=3),
    "accuracy of one method": World(1000, 0.5, 0.85, 0.0, alone=True),
}


@pytest.mark.parametrize(
    ("confidence", "times", "least", "most"),
    [
        (0.95, 400, 0.90, 0.99),  # three standard errors of 400 simulations are 0.03
        pytest.param(0.95, 1000, 0.93, 0.97, marks=pytest.mark.slow),
        # The strictest of Holm's levels, that of 20 claims.
        pytest.param(1 - 0.05 / 20, 2500, 1 - 13 / 2500, 1, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", WORLDS)
def test_the_interval_holds_the_truth_as_often_as_it_says(
    name: str, confidence: float, times: int, least: float, most: float
) -> None:
    """Over 3 models it is rather too wide: two degrees of freedom say little of a variance."""
    world = WORLDS[name]
    assert least <= world.coverage(times, confidence) <= max(most, 0.985 if world.models else 0)
