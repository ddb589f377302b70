"""Means with confidence intervals, over runs."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Return the mean of some values, (n,), with its interval, as ``mean_intervals`` does."""
    mean, low, high = mean_intervals(np.asarray(values, np.float64).reshape(-1, 1))
    return Interval(float(mean[0]), float(low[0]), float(high[0]))


def mean_intervals(
    values: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the mean of each column of (n, k) and the bounds of Student's t interval, each (k,).

    mean +- t(0.975, n-1) s / sqrt(n); the bounds are NaN where n is 1.
    """
    count = len(values)
    mean: npt.NDArray[np.float64] = values.mean(0)
    if count < 2:
        unknown = np.full_like(mean, np.nan)
        return mean, unknown, unknown
    quantile = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1))
    half = quantile * values.std(0, ddof=1) / count**0.5
    return mean, mean - half, mean + half


def intervals_by(table: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """Return the columns ``keys``, mean, low, high: an interval of ``value`` over each group."""
    rows = []
    for group, values in table.groupby(keys, sort=True)[value]:
        interval = mean_interval(values)
        names = group if isinstance(group, tuple) else (group,)
        rows.append((*names, interval.mean, interval.low, interval.high))
    return pd.DataFrame(rows, columns=[*keys, "mean", "low", "high"])


def paired_difference(table: pd.DataFrame, value: str, first: str, second: str) -> pd.Series:
    """Return ``first`` minus ``second`` (values of column ``method``), paired by ``run``."""
    wide = table.pivot(index=RUN, columns=METHOD, values=value)
    return (wide[first] - wide[second]).dropna()


def rank_correlation(x: npt.ArrayLike, y: npt.ArrayLike, draws: int = 2000) -> Interval:
    """Return Spearman's rank correlation, with a percentile bootstrap interval over the pairs.

    Draws in which one side is constant have no correlation and are left out.
    """
    pairs = np.stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
    chosen = np.random.default_rng(0).integers(0, pairs.shape[1], (draws, pairs.shape[1]))
    samples = pairs[:, chosen]
    found = _spearman(samples[:, (np.ptp(samples, axis=2) > 0).all(axis=0)])
    if len(found) == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return Interval(float(_spearman(pairs[:, None])[0]), float(low), float(high))


def _spearman(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the rank correlation of each sample, (samples,), of pairs (2, samples, pairs)."""
    ranks = stats.rankdata(samples, axis=2)
    x, y = ranks - ranks.mean(axis=2, keepdims=True)
    found = (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return np.asarray(found, np.float64)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for all tests of a family (Holm, 1979).

    The k-th smallest of m is multiplied by m - k + 1 and is at least the corrected one before
    it. NaN stays NaN and counts for no test.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")[: np.count_nonzero(~np.isnan(p))]
    factors = len(order) - np.arange(len(order))
    corrected = p.copy()
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return [float(value) for value in corrected]


def holm_levels(p_values: Sequence[float], significance: float) -> list[float]:
    """Return the level at which Holm's procedure tests each: p below it exactly if rejected.

    significance / (m - k + 1) for the k-th smallest of m, up to the first that is not rejected;
    the level of that one for all after it. NaN stays NaN.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")[: np.count_nonzero(~np.isnan(p))]
    levels = np.full_like(p, np.nan)
    stopped = False
    level = significance
    for rank, index in enumerate(order):
        level = level if stopped else significance / (len(order) - rank)
        levels[index] = level
        stopped = stopped or bool(p[index] >= level)
    return [float(value) for value in levels]
