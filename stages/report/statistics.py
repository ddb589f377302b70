"""Means with confidence intervals over runs, rank correlation, and Holm's correction."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from stages.results.classifiers import METHOD, RUN

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean with its confidence interval; the bounds are NaN where one value is all there is."""

    mean: float
    low: float
    high: float

    def told(self, style: str) -> str:
        """Return the mean and, where it is known, half the interval; ``style``: of the mean."""
        half = (self.high - self.low) / 2
        mean = f"{self.mean:{style}}"
        return mean if np.isnan(half) else f"{mean} ± {half:{style.removeprefix('+')}}"


def mean_interval(values: npt.ArrayLike) -> Interval:
    """Return the mean of some values with Student's t interval: +- t(0.975, n-1) s / sqrt(n)."""
    values = np.asarray(values, np.float64)
    mean, count = values.mean(), len(values)
    half = np.nan
    if count > 1:
        half = stats.t.ppf((1 + CONFIDENCE) / 2, count - 1) * values.std(ddof=1) / count**0.5
    return Interval(float(mean), float(mean - half), float(mean + half))


def intervals_by(table: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """Return the columns ``keys``, mean, low, high: an interval of ``value`` over each group."""
    groups = table.groupby(keys, sort=True)[value]
    return interval_table({key: mean_interval(values) for key, values in groups}, keys)


def interval_table(intervals: dict[Any, Interval], keys: list[str]) -> pd.DataFrame:
    """Return intervals as a table; of several keys, an interval is named by a tuple."""
    rows = [(*key, found.mean, found.low, found.high) for key, found in intervals.items()]
    return pd.DataFrame(rows, columns=[*keys, "mean", "low", "high"])


def paired_difference(table: pd.DataFrame, value: str, first: str, second: str) -> pd.Series:
    """Return ``first`` minus ``second`` (values of column ``method``), paired by ``run``."""
    wide = table.pivot(index=RUN, columns=METHOD, values=value)
    return (wide[first] - wide[second]).dropna()


def rank_correlation(x: npt.ArrayLike, y: npt.ArrayLike, draws: int = 2000) -> Interval:
    """Return Spearman's rank correlation, with a percentile bootstrap interval over the pairs.

    Draws in which one side is constant have no correlation and are left out.
    """
    pairs = np.array([x, y], np.float64)
    count = pairs.shape[1]
    drawn = np.random.default_rng(0).integers(0, count, (draws, count))
    one, other = stats.rankdata(pairs[:, np.vstack([np.arange(count), drawn])], axis=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sides that are constant
        found, *of_draws = stats.pearsonr(one, other, axis=1).statistic
        low, high = np.nanquantile(of_draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(found), float(low), float(high))


def holm(p_values: Sequence[float], significance: float) -> tuple[list[float], list[float]]:
    """Return the level at which Holm's procedure (1979) tests each p, and the corrected p.

    The k-th smallest of m is tested at significance / (m - k + 1) up to the first that is not
    rejected, and all after it at that one's level: p is below its level exactly if rejected.
    Corrected, it is multiplied by m - k + 1 and at least the corrected one before it. NaN stays
    NaN and counts for no test.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")[: np.count_nonzero(~np.isnan(p))]
    place = np.arange(len(order))
    tested = significance / (len(order) - place)
    rejected = np.logical_and.accumulate(p[order] < tested)
    levels, corrected = np.full_like(p, np.nan), p.copy()
    levels[order] = tested[np.minimum(place, np.count_nonzero(rejected))]
    multiplied = p[order] * (len(order) - place)
    corrected[order] = np.minimum(np.maximum.accumulate(multiplied), 1)
    return levels.tolist(), corrected.tolist()
