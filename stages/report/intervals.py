"""Means with intervals of everything that is shown with one, and the series for ``dvc plots``.

All tables have the columns mean, low and high. Intervals of test accuracies and gains are over
runs and test rows; those of curves are over runs, and of SGNS's losses over its models.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from stages.check.whole import Params
from stages.core.arrays import BoolArray
from stages.report.crossed import ByRow
from stages.report.gains import Gains
from stages.report.statistics import interval_table, intervals_by
from stages.report.tables import AGAINST, EXPERIMENT, GRID, MAIN, OTHER_AXIS, Tables, rows_with
from stages.results import classifiers
from stages.results.classifiers import BUDGET, EPOCH, METHOD, N_LABELS, UNKNOWN_SHARE
from stages.results.methods import TFIDF, VANILLA, WORD2VEC
from stages.vectors import vectors

BOUNDS = ["mean", "low", "high"]
SCORES = (classifiers.VALIDATION_ACCURACY, classifiers.VALIDATION_LOSS)


@dataclass(frozen=True)
class Intervals:
    """Of everything that was measured more than once.

    accuracy: test accuracy by method and n_labels.
    gains: in accuracy points, paired by run, by method, against and n_labels.
    grid: test accuracy by n_labels, R and K.
    curves: for each validation score, that of both arms, and of the grid's classifiers, by epoch.
    grid_losses: SGNS's held-out loss by R, K and epoch; train_loss is the mean of that.
    """

    accuracy: pd.DataFrame
    gains: pd.DataFrame
    grid: pd.DataFrame
    curves: dict[str, pd.DataFrame]
    grid_losses: pd.DataFrame

    def accuracy_of(self, method: str) -> pd.DataFrame:
        """Return a method's test accuracy by n_labels."""
        return rows_with(self.accuracy, {METHOD: method})

    def gain_of(self, method: str = WORD2VEC, against: str = VANILLA) -> pd.DataFrame:
        """Return a method's gain over another by n_labels."""
        return rows_with(self.gains, {METHOD: method, AGAINST: against})

    def curve_of(self, score: str, budget: int, method: str) -> pd.DataFrame:
        """Return a validation score of one of the arms by epoch."""
        return rows_with(self.curves[score], {EXPERIMENT: MAIN, BUDGET: budget, METHOD: method})

    @property
    def grid_sizes(self) -> list[int]:
        """The numbers of labels that the cells of R and K were measured at, from the fewest."""
        return sorted(set(self.grid[N_LABELS].astype(int)))

    @property
    def fewest(self) -> int:
        """The fewest labels that the grid was measured at: where vectors matter most."""
        return self.grid_sizes[0]

    @property
    def grid_at_fewest(self) -> pd.DataFrame:
        """Test accuracy by R and K at the fewest labels."""
        return rows_with(self.grid, {N_LABELS: self.fewest})


def find_intervals(tables: Tables, gains: Gains) -> Intervals:
    """Return all intervals."""
    arms = tables.history[tables.history[METHOD].isin([WORD2VEC, VANILLA])]
    of_run = [EXPERIMENT, BUDGET, "R", "K", METHOD, EPOCH]
    found = {key: gain.interval() for key, gain in gains.items()}
    return Intervals(
        accuracy=accuracies_by(tables.distinct, tables.correct, [METHOD, N_LABELS]),
        gains=interval_table(found, [METHOD, AGAINST, N_LABELS]),
        grid=accuracies_by(tables.ablation, tables.grid_correct, [N_LABELS, "R", "K"]),
        curves={score: intervals_by(arms, of_run, score) for score in SCORES},
        grid_losses=_grid_losses(tables.sgns[tables.sgns[EXPERIMENT] == GRID]),
    )


def accuracies_by(lines: pd.DataFrame, correct: BoolArray, keys: list[str]) -> pd.DataFrame:
    """Return the test accuracy of each group of lines."""
    groups = lines.groupby(keys, sort=True)
    return interval_table({key: ByRow.of(group, correct).interval() for key, group in groups}, keys)


def _grid_losses(models: pd.DataFrame) -> pd.DataFrame:
    """Return the losses by R, K and epoch once training has begun."""
    keys = ["R", "K", vectors.EPOCH]
    trained = models[models[vectors.EPOCH] > 0]
    means = trained.groupby(keys)[vectors.TRAIN_LOSS].mean()
    found = intervals_by(trained, keys, vectors.VALIDATION_LOSS)
    return found.merge(means.reset_index(), on=keys)


def all_series(tables: Tables, intervals: Intervals, params: Params) -> dict[str, pd.DataFrame]:
    """Return small series by the name of their file in ``plots``: these and columns are stable."""
    results = tables.distinct
    methods = list(dict.fromkeys(results[METHOD]))
    accuracies = {name: intervals.accuracy_of(name) for name in (WORD2VEC, VANILLA, TFIDF)}
    gains = {n: intervals.gain_of(n) for n in (WORD2VEC, *params.variants) if n in methods}
    unknown = results.pivot_table(index=N_LABELS, columns=METHOD, values=UNKNOWN_SHARE)
    return {
        "labels": by_labels(methods, intervals),
        "unknown": unknown[methods].reset_index(),
        "accuracy_by_labels": scaled(joined(accuracies, [N_LABELS])),
        "gain_by_labels": joined(gains, [N_LABELS]),
        "curves_accuracy": scaled(curves(results, intervals, SCORES[0])),
        "curves_loss": curves(results, intervals, SCORES[1]),
        "radius": along(intervals, "R"),
        "negatives": along(intervals, "K"),
        "grid": scaled(intervals.grid),
        "sgns_loss": sgns_losses(tables.sgns[tables.sgns[EXPERIMENT] == MAIN]),
    }


def scaled(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of accuracies in percent."""
    return table.assign(**{name: 100 * table[name] for name in BOUNDS})


def joined(parts: Mapping[str, pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Return tables of intervals as one, with the column ``series`` to tell them apart."""
    table = pd.concat([part.assign(series=name) for name, part in parts.items()])
    return table[[*keys, "series", *BOUNDS]]


def panel(parts: Mapping[str, pd.DataFrame], key: str, labels: int) -> pd.DataFrame:
    """Return the same for one number of labels, of a series that has a panel for each."""
    return joined(parts, [key]).assign(panel=f"{labels:,} labels", **{N_LABELS: labels})


def by_labels(methods: list[str], intervals: Intervals) -> pd.DataFrame:
    """Return test accuracy by number of labels: a column a method, with its bounds."""
    columns = []
    for method in methods:
        table = intervals.accuracy_of(method).set_index(N_LABELS)
        columns.append(table.add_prefix(f"{method}_").rename(columns={f"{method}_mean": method}))
    return pd.concat(columns, axis=1).reset_index()


def curves(results: pd.DataFrame, intervals: Intervals, score: str) -> pd.DataFrame:
    """Return a score by epoch for both arms, a panel for each number of labels."""
    sizes = dict(results[[BUDGET, N_LABELS]].drop_duplicates().values)
    panels = []
    for budget, labels in sorted(sizes.items()):
        arms = {name: intervals.curve_of(score, budget, name) for name in (WORD2VEC, VANILLA)}
        panels.append(panel(arms, EPOCH, labels))
    return pd.concat(panels, ignore_index=True)


def along(intervals: Intervals, axis: str) -> pd.DataFrame:
    """Return test accuracy in % along R or K, a panel for each number of labels.

    A series for each value of the other that there are several cells of along the axis, and
    vanilla's accuracy at every place of it.
    """
    other = OTHER_AXIS[axis]
    panels = [pd.DataFrame(columns=[axis, "series", *BOUNDS, "panel", N_LABELS])]
    for labels in intervals.grid_sizes:
        cells = rows_with(intervals.grid, {N_LABELS: labels})
        lines = {f"{other} = {value}": line for value, line in cells.groupby(other)}
        lines = {name: line for name, line in lines.items() if len(line) > 1}
        if lines:
            values = pd.concat(lines.values())[[axis]].drop_duplicates().sort_values(axis)
            level = rows_with(intervals.accuracy_of(VANILLA), {N_LABELS: labels})
            lines[VANILLA] = level.merge(values, how="cross")
            panels.append(panel(lines, axis, labels))
    return scaled(pd.concat(panels[1:] or panels, ignore_index=True))


def sgns_losses(models: pd.DataFrame) -> pd.DataFrame:
    """Return the loss by epoch at the main R and K, over its models, before training too."""
    columns = {"training": vectors.TRAIN_LOSS, "held out": vectors.VALIDATION_LOSS}
    parts = {
        name: intervals_by(models.dropna(subset=column), [vectors.EPOCH], column)
        for name, column in columns.items()
    }
    return joined(parts, [vectors.EPOCH])
