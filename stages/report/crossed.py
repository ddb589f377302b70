"""Means over runs and test rows, both drawn at random: what intervals of accuracies are made of.

Every run is tested on every row, so the two are crossed: x[i, j] = mean + run i + row j + rest.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from stages.report.statistics import CONFIDENCE, Interval

Number = Any  # a float, or an array of them
ROUNDING = 1e-9  # a spread below this is none


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error and the error's degrees of freedom; n: runs, or models.

    Error and freedom are NaN where n is 1. All but n may be arrays, of many means.
    """

    mean: Number
    error: Number
    freedom: Number
    n: int

    def bounds(self, confidence: float = CONFIDENCE) -> tuple[Number, Number]:
        """Return mean -+ t error, where t is a quantile of Student's distribution."""
        half = stats.t.ppf((1 + confidence) / 2, self.freedom) * self.error
        return self.mean - half, self.mean + half

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Return one mean with its interval."""
        low, high = self.bounds(confidence)
        return Interval(float(self.mean), float(low), float(high))

    def p_value(self, value: float = 0.0) -> float:
        """Return the two-sided p of one mean being ``value``; NaN where n is 1."""
        away = abs(self.mean - value)
        if self.error <= ROUNDING:  # no spread at all: t is infinite, or 0 over 0
            return 1.0 if away <= ROUNDING else 0.0
        return float(2 * stats.t.sf(away / self.error, self.freedom))


@dataclass(frozen=True)
class Squares:
    """Mean squares of a two-way table with one value a cell: of runs, of rows, of the rest.

    For R runs, C rows and variances s: E[of_runs] = C s_run + s_rest,
    E[of_rows] = R s_row + s_rest, E[rest] = s_rest. Each may be an array, of many tables.
    """

    of_runs: Number
    of_rows: Number
    rest: Number


def over_runs(values: npt.ArrayLike) -> Estimate:
    """Return the mean of a value a run, (n,), with Student's error: that of a single row."""
    return crossed(np.asarray(values, np.float64).reshape(-1, 1))


def crossed(values: npt.NDArray[np.float64]) -> Estimate:
    """Return the mean of a table, (runs, rows), with the error of ``with_error``."""
    return with_error(np.float64(values.mean()), mean_products(values, values), values.shape)


def mean_products(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> Squares:
    """Return the mean products of two tables, (runs, rows): mean squares where they are one.

    With these, the mean squares of a + t b are those of a + 2 t products + t^2 those of b.
    """
    runs, rows = one.shape
    if runs < 2:
        return Squares(*np.full(3, np.nan))
    a, b = one - one.mean(), other - other.mean()
    of_runs = rows * (a.mean(1) @ b.mean(1))
    of_rows = runs * (a.mean(0) @ b.mean(0))
    rest = np.vdot(a, b) - of_runs - of_rows
    if rows < 2:
        return Squares(of_runs / (runs - 1), np.float64(0), np.float64(0))
    return Squares(of_runs / (runs - 1), of_rows / (rows - 1), rest / ((runs - 1) * (rows - 1)))


def with_error(mean: Number, squares: Squares, shape: tuple[int, ...]) -> Estimate:
    """Return a mean over R runs and C rows, with the error that follows from the mean squares.

    The variance of the mean is (C s_run + R s_row + s_rest) / (R C). Its parts are estimated by
    analysis of variance, C s_run by of_runs - rest and R s_row by of_rows - rest, or by 0 where
    that is negative (Searle, Casella and McCulloch, 1992, Variance Components, chapter 4). So
    the sum is a linear combination of mean squares, whose degrees of freedom are those of
    Satterthwaite (1946, Biometrics Bulletin 2, 110-114): its square over the sum of each term's
    square over that term's own freedom; at least R - 1. Where runs alone differ this is
    Student's t interval over runs, where rows alone do it is that over rows.

    Owen (2007, Annals of Applied Statistics 1, 386-411) has the model, and shows that to draw
    runs alone or rows alone again gives too short an interval.
    """
    runs, rows = shape
    of_runs, of_rows, rest = (
        np.maximum(square, 0) for square in (squares.of_runs, squares.of_rows, squares.rest)
    )
    terms = [  # mean square, its factor in the sum, its degrees of freedom
        (of_runs, of_runs > rest, runs - 1),
        (of_rows, of_rows > rest, rows - 1),
        (rest, 1 - (of_runs > rest) * 1 - (of_rows > rest) * 1, (runs - 1) * (rows - 1)),
    ]
    total = sum(square * factor for square, factor, _ in terms)
    spread = sum((square * factor) ** 2 / max(freedom, 1) for square, factor, freedom in terms)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = np.fmax(total**2 / spread, max(runs - 1, 1))  # of 0 over 0, the least
    return Estimate(mean, np.sqrt(total / (runs * rows)), freedom, runs)
