"""Means over runs and test rows, both drawn at random: what intervals of accuracies are made of.

Every run is tested on every row, so the two are crossed: x[i, j] = mean + run i + row j + rest.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from stages.core.arrays import BoolArray, FloatArray
from stages.report.statistics import CONFIDENCE, Interval
from stages.results.classifiers import RUN

Number = Any  # a float, or an array of them
ROUNDING = 1e-9  # a spread below this is none
NODES = 60  # of the integral over an unknown variance: it is right to 1e-6
HALVINGS = 50  # of the bracket of a quantile


@dataclass(frozen=True)
class Estimate:
    """A mean, and the two parts of its variance: that between n runs (or models), that of rows.

    The first is known with n - 1 degrees of freedom and holds what is left to neither; the second
    is of so many rows that it is taken as known. Where n is 1 the first is NaN. All but n may be
    arrays, of many means.

    (mean - truth) / error is taken to be t sin(a) + z cos(a), where t is Student's of n - 1
    degrees of freedom, z is normal and sin(a)^2 is the share of the first part: the
    Behrens-Fisher distribution (Fisher, 1935, Annals of Eugenics 6, 391-398), with one of the
    variances known. It is Student's where rows play no part and normal where runs play none;
    between the two its intervals are rather too wide than too narrow (Robinson, 1976, Annals of
    Statistics 4, 963-971; here by simulation, see the tests). Those with the degrees of freedom
    of Satterthwaite (1946, Biometrics Bulletin 2, 110-114) are not: with three models, or at the
    levels of a correction for many tests, they can miss several times too often.
    """

    mean: Number
    between_runs: Number
    between_rows: Number
    n: int

    @property
    def error(self) -> Number:
        """The standard error of the mean."""
        return np.sqrt(self.between_runs + self.between_rows)

    def bounds(self, confidence: float = CONFIDENCE) -> tuple[Number, Number]:
        """Return the bounds of the interval of the mean."""
        half = self._quantile(1 - confidence) * self.error
        return self.mean - half, self.mean + half

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Return one mean with its interval."""
        low, high = self.bounds(confidence)
        return Interval(float(self.mean), float(low), float(high))

    def p_value(self, value: float = 0.0) -> float:
        """Return the two-sided p of one mean being ``value``; NaN where n is 1."""
        away = abs(self.mean - value)
        if self.error <= ROUNDING:  # no spread at all
            return 1.0 if away <= ROUNDING else 0.0
        return float(self._outside(away / self.error))

    def _outside(self, distance: Number) -> Number:
        """Return how likely the mean is so many errors off: over all variances between runs."""
        if self.n < 2:
            return np.full_like(self.error, np.nan)
        inverse, weight = _variances(self.n - 1)
        with np.errstate(invalid="ignore"):
            share = np.where(self.error > 0, self.between_runs / self.error**2, 1.0)[..., None]
        errors = np.sqrt(share * inverse + 1 - share)
        return 2 * (special.ndtr(-np.asarray(distance)[..., None] / errors) @ weight)

    def _quantile(self, level: float) -> Number:
        """Return how many errors off the mean is with a probability of ``level``, by halving."""
        if self.n < 2 or np.isnan(level):
            return np.full_like(self.error, np.nan)
        low = np.zeros_like(self.error)
        high = np.full_like(self.error, 1.01 * stats.t.isf(level / 2, self.n - 1))
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            beyond = self._outside(middle) < level
            low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
        return (low + high) / 2


@lru_cache
def _variances(freedom: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what a variance may be, as a multiple of its estimate, with weights of sum 1.

    Gauss and Legendre's nodes in the fourth root of the probability: dense where it is large.
    """
    node, weight = np.polynomial.legendre.leggauss(NODES)
    root = (node + 1) / 2
    return freedom / stats.chi2.ppf(root**4, freedom), 2 * root**3 * weight


def over_runs(values: npt.ArrayLike) -> Estimate:
    """Return the mean of a value a run, (n,), with Student's error: that of a single row."""
    return crossed(np.asarray(values, np.float64).reshape(-1, 1))


def crossed(values: npt.NDArray[np.float64]) -> Estimate:
    """Return the mean of a table, (runs, rows), with the error of ``with_error``."""
    return with_error(np.float64(values.mean()), mean_products(values, values), values.shape)


def mean_products(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the mean products of two tables, (runs, rows): of runs, of rows, of the rest, (3,).

    They are mean squares where the tables are one. For R runs, C rows and variances s, those of
    runs are expected to be C s_run + s_rest, those of rows R s_row + s_rest, and those of the rest
    s_rest. With these, the mean squares of a + t b are those of a + 2 t products + t^2 those of b.
    """
    runs, rows = one.shape
    if runs < 2:
        return np.full(3, np.nan)
    a, b = one - one.mean(), other - other.mean()
    of_runs = rows * (a.mean(1) @ b.mean(1))
    of_rows = runs * (a.mean(0) @ b.mean(0))
    rest = np.vdot(a, b) - of_runs - of_rows
    if rows < 2:
        return np.array([of_runs / (runs - 1), 0, 0])
    freedom = runs - 1, rows - 1, (runs - 1) * (rows - 1)
    return np.divide([of_runs, of_rows, rest], freedom)


def with_error(mean: Number, squares: npt.NDArray[np.float64], shape: tuple[int, ...]) -> Estimate:
    """Return a mean over R runs and C rows, with what the mean squares say of its error.

    squares: as ``mean_products`` returns them, (3,), or of many tables, (3, tables).

    The variance of the mean is (C s_run + s_rest) / (R C) + s_row / C. The first part is
    estimated by of_runs / (R C), with R - 1 degrees of freedom, the second by
    (of_rows - rest) / (R C), or by 0 where that is negative: the estimators of an analysis of
    variance (Searle, Casella and McCulloch, 1992, Variance Components, chapter 4). Owen (2007,
    Annals of Applied Statistics 1, 386-411) has the model, and shows that to reckon with runs
    alone, or with rows alone, gives too short an interval.
    """
    runs, rows = shape
    of_runs, of_rows, rest = np.maximum(squares, 0)
    # Runs that are equal by chance are no sign of a mean that is known without error.
    of_runs = np.where(of_runs <= ROUNDING * rest, rest, of_runs)
    cells = runs * rows
    return Estimate(mean, of_runs / cells, np.maximum(of_rows - rest, 0) / cells, runs)


@dataclass(frozen=True)
class ByRow:
    """A value for each run and test row, (runs, rows). runs: their numbers, rising."""

    runs: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]

    @classmethod
    def of(cls, lines: pd.DataFrame, correct: BoolArray | FloatArray) -> "ByRow":
        """Take lines of results; the lines of one run are averaged.

        correct: of all lines, (lines, rows), each at the place that its index in ``lines`` names.
        """
        of_line = lines[RUN].to_numpy(np.int64)
        runs, places = np.unique(of_line), lines.index.to_numpy()
        means = [correct[places[of_line == run]].mean(0, dtype=np.float64) for run in runs]
        return cls(runs, np.stack(means))

    def __sub__(self, other: "ByRow") -> "ByRow":
        """Return the differences, paired by run; a run that only one has is left out."""
        runs, mine, theirs = np.intersect1d(self.runs, other.runs, return_indices=True)
        return ByRow(runs, self.values[mine] - other.values[theirs])

    def __mul__(self, factor: float) -> "ByRow":
        """Return the same in another unit."""
        return ByRow(self.runs, factor * self.values)

    def by_model(self, models: int) -> "ByRow":
        """Return the means over the runs of each SGNS model; run i starts from i mod models."""
        of_run = self.runs % models
        found = np.unique(of_run)
        return ByRow(found, np.stack([self.values[of_run == m].mean(0) for m in found]))

    def means(self) -> "pd.Series[float]":
        """Return each run's mean over the test rows."""
        return pd.Series(self.values.mean(1), self.runs)

    def estimate(self) -> Estimate:
        """Return the mean over runs and test rows, with its error."""
        return crossed(self.values)

    def interval(self) -> Interval:
        """Return the mean over runs and test rows, with its 95 % interval."""
        return self.estimate().interval()
