"""Means with intervals of everything that is shown with one.

All tables have the columns mean, low and high. Intervals of test accuracies and gains are over
runs and test rows; those of curves are over runs, and of SGNS's losses over its models.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stages.core.arrays import BoolArray
from stages.report.by_row import ByRow
from stages.report.gains import Gains
from stages.report.statistics import Interval, intervals_by
from stages.report.tables import (
    AGAINST,
    EXPERIMENT,
    GRID,
    MAIN,
    OTHER_AXIS,
    Tables,
    distinct_sizes,
    rows_with,
)
from stages.results import classifiers
from stages.results.classifiers import (
    BUDGET,
    METHOD,
    N_LABELS,
    VALIDATION_ACCURACY,
    VALIDATION_LOSS,
)
from stages.results.methods import VANILLA, WORD2VEC
from stages.vectors import vectors

CURVES = (VALIDATION_ACCURACY, VALIDATION_LOSS)


@dataclass(frozen=True)
class Intervals:
    """Of everything that was measured more than once.

    accuracy: test accuracy by method and n_labels.
    gains: in accuracy points, paired by run, by method, against and n_labels.
    curves: for each validation score, that of both arms by budget, method and epoch.
    grid: test accuracy by n_labels, R and K.
    grid_curves: for each validation score, that of the grid's by budget, R, K and epoch.
    losses: SGNS's at the main R and K by epoch, for each of its columns of losses.
    grid_losses: SGNS's held-out loss by R, K and epoch; train_loss is the mean of that.
    """

    accuracy: pd.DataFrame
    gains: pd.DataFrame
    curves: dict[str, pd.DataFrame]
    grid: pd.DataFrame
    grid_curves: dict[str, pd.DataFrame]
    losses: dict[str, pd.DataFrame]
    grid_losses: pd.DataFrame

    def accuracy_of(self, method: str) -> pd.DataFrame:
        """Return a method's test accuracy by n_labels."""
        return rows_with(self.accuracy, {METHOD: method})

    def gain_of(self, method: str = WORD2VEC, against: str = VANILLA) -> pd.DataFrame:
        """Return a method's gain over another by n_labels."""
        return rows_with(self.gains, {METHOD: method, AGAINST: against})

    @property
    def fewest(self) -> int:
        """The fewest labels that the grid was measured at: where vectors matter most."""
        return self.grid_sizes[0]

    @property
    def grid_sizes(self) -> list[int]:
        """The numbers of labels that the cells of R and K were measured at, from the fewest."""
        return sorted(set(self.grid[N_LABELS].astype(int)))

    def grid_at(self, labels: int) -> pd.DataFrame:
        """Return test accuracy by R and K at one number of labels."""
        return rows_with(self.grid, {N_LABELS: labels})

    def lines_along(self, axis: str, labels: int) -> dict[int, pd.DataFrame]:
        """Return test accuracy along R or K, for each value of the other with several cells."""
        grid = self.grid_at(labels)
        other = grid[OTHER_AXIS[axis]].astype(int)
        lines = {value: grid[other == value] for value in sorted(set(other))}
        return {value: line for value, line in lines.items() if len(line) > 1}

    def vanilla_along(self, axis: str, labels: int) -> pd.DataFrame:
        """Return vanilla's test accuracy, the same at each value of R or K on those lines."""
        lines = self.lines_along(axis, labels).values()
        values = sorted({int(value) for line in lines for value in line[axis]})
        level = rows_with(self.accuracy_of(VANILLA), {N_LABELS: labels})
        return level.merge(pd.DataFrame({axis: values}), how="cross")

    def curve_of(self, score: str, budget: int, method: str) -> pd.DataFrame:
        """Return a validation score of one of the arms by epoch."""
        return rows_with(self.curves[score], {BUDGET: budget, METHOD: method})


def find_intervals(tables: Tables, gains: Gains) -> Intervals:
    """Return all intervals."""
    main = tables.history[tables.history[EXPERIMENT] == MAIN]
    arms = main[main[METHOD].isin([WORD2VEC, VANILLA])]
    grid = tables.history[tables.history[EXPERIMENT] == GRID]
    of_run = [BUDGET, METHOD, classifiers.EPOCH]
    of_cell = [BUDGET, "R", "K", classifiers.EPOCH]
    return Intervals(
        accuracy=accuracies_by(distinct_sizes(tables.results), tables.correct, [METHOD, N_LABELS]),
        gains=_joined(
            {key: gain.interval() for key, gain in gains.items()}, [METHOD, AGAINST, N_LABELS]
        ),
        curves={score: intervals_by(arms, of_run, score) for score in CURVES},
        grid=accuracies_by(tables.ablation, tables.grid_correct, [N_LABELS, "R", "K"]),
        grid_curves={score: intervals_by(grid, of_cell, score) for score in CURVES},
        losses=_losses(tables.sgns[tables.sgns[EXPERIMENT] == MAIN]),
        grid_losses=_grid_losses(tables.sgns[tables.sgns[EXPERIMENT] == GRID]),
    )


def accuracies_by(lines: pd.DataFrame, correct: BoolArray, keys: list[str]) -> pd.DataFrame:
    """Return the test accuracy of each group of lines."""
    groups = lines.groupby(keys, sort=True)
    return _joined({key: ByRow.of(group, correct).interval() for key, group in groups}, keys)


def _joined(found: Mapping[Any, Interval], keys: list[str]) -> pd.DataFrame:
    """Return intervals as a table."""
    rows = [(*key, i.mean, i.low, i.high) for key, i in found.items()]
    return pd.DataFrame(rows, columns=[*keys, "mean", "low", "high"])


def _losses(models: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the losses by epoch; before training there is none in training."""
    return {
        column: intervals_by(models.dropna(subset=column), [vectors.EPOCH], column)
        for column in (vectors.TRAIN_LOSS, vectors.VALIDATION_LOSS)
    }


def _grid_losses(models: pd.DataFrame) -> pd.DataFrame:
    """Return the losses by R, K and epoch once training has begun."""
    keys = ["R", "K", vectors.EPOCH]
    trained = models[models[vectors.EPOCH] > 0]
    means = trained.groupby(keys)[vectors.TRAIN_LOSS].mean()
    found = intervals_by(trained, keys, vectors.VALIDATION_LOSS)
    return found.merge(means.reset_index(), on=keys)
