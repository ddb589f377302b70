"""Small data series for ``dvc plots``: stable file names and columns, means with intervals."""

from collections.abc import Mapping

import pandas as pd

from stages.check.whole import Params
from stages.report.intervals import Intervals
from stages.report.tables import OTHER_AXIS, distinct_sizes, methods_of
from stages.results.classifiers import (
    BUDGET,
    EPOCH,
    METHOD,
    N_LABELS,
    UNKNOWN_SHARE,
    VALIDATION_ACCURACY,
    VALIDATION_LOSS,
)
from stages.results.methods import TFIDF, VANILLA, WORD2VEC
from stages.vectors import vectors

PERCENT = 100


def all_series(
    results: pd.DataFrame, intervals: Intervals, params: Params
) -> dict[str, pd.DataFrame]:
    """Return each series by the name of its file in ``plots``; ``results`` are at all budgets."""
    at_sizes = distinct_sizes(results)
    return {
        "labels": by_labels(methods_of(at_sizes), intervals),
        "unknown": unknown_shares(at_sizes),
        "accuracy_by_labels": accuracies(intervals),
        "gain_by_labels": gains(methods_of(at_sizes), intervals, params),
        "curves_accuracy": curves(at_sizes, intervals, VALIDATION_ACCURACY, PERCENT),
        "curves_loss": curves(at_sizes, intervals, VALIDATION_LOSS, 1),
        "radius": along(intervals, "R"),
        "negatives": along(intervals, "K"),
        "grid": scaled(intervals.grid, PERCENT),
        "sgns_loss": sgns_losses(intervals),
    }


def scaled(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return a table of intervals in another unit."""
    bounds = ["mean", "low", "high"]
    return table.assign(**{name: table[name] * factor for name in bounds})


def joined(parts: Mapping[str, pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Return tables of intervals as one, with the column ``series`` to tell them apart."""
    table = pd.concat([part.assign(series=name) for name, part in parts.items()])
    return table[[*keys, "series", "mean", "low", "high"]]


def accuracies(intervals: Intervals) -> pd.DataFrame:
    """Return test accuracy in % by number of labels, for the two arms and the baseline."""
    parts = {method: intervals.accuracy_of(method) for method in (WORD2VEC, VANILLA, TFIDF)}
    return scaled(joined(parts, [N_LABELS]), PERCENT)


def gains(methods: list[str], intervals: Intervals, params: Params) -> pd.DataFrame:
    """Return the gain over vanilla in points, of word2vec and of its variants."""
    names = [WORD2VEC, *(name for name in params.variants if name in methods)]
    return joined({name: intervals.gain_of(name) for name in names}, [N_LABELS])


def by_labels(methods: list[str], intervals: Intervals) -> pd.DataFrame:
    """Return test accuracy by number of labels: a column a method, with its bounds."""
    columns = []
    for method in methods:
        table = intervals.accuracy_of(method).set_index(N_LABELS)
        columns.append(table.add_prefix(f"{method}_").rename(columns={f"{method}_mean": method}))
    return pd.concat(columns, axis=1).reset_index()


def unknown_shares(results: pd.DataFrame) -> pd.DataFrame:
    """Return the mean share of test tokens read as ``<unk>``: a column a method."""
    table = results.pivot_table(index=N_LABELS, columns=METHOD, values=UNKNOWN_SHARE)
    return table[methods_of(results)].reset_index()


def curves(results: pd.DataFrame, intervals: Intervals, score: str, factor: float) -> pd.DataFrame:
    """Return a score by epoch for both arms, a panel for each number of labels."""
    sizes = dict(results[[BUDGET, N_LABELS]].drop_duplicates().values)
    panels = []
    for budget, labels in sorted(sizes.items()):
        parts = {
            method: intervals.curve_of(score, budget, method) for method in (WORD2VEC, VANILLA)
        }
        panel = {"panel": f"{labels:,} labels", N_LABELS: labels}
        panels.append(joined(parts, [EPOCH]).assign(**panel))
    return scaled(pd.concat(panels, ignore_index=True), factor)


def along(intervals: Intervals, axis: str) -> pd.DataFrame:
    """Return test accuracy in % along R or K, a panel for each number of labels.

    A series for each value of the other that there are cells of along the axis, and vanilla's
    accuracy at every place of it.
    """
    panels = []
    for labels in intervals.grid_sizes:
        lines = intervals.lines_along(axis, labels)
        if lines:
            parts = {f"{OTHER_AXIS[axis]} = {value}": line for value, line in lines.items()}
            parts[VANILLA] = intervals.vanilla_along(axis, labels)
            panel = joined(parts, [axis]).assign(panel=f"{labels:,} labels")
            panels.append(panel.assign(**{N_LABELS: labels}))
    if not panels:
        return pd.DataFrame(columns=[axis, "series", "mean", "low", "high", "panel", N_LABELS])
    return scaled(pd.concat(panels, ignore_index=True), PERCENT)


def sgns_losses(intervals: Intervals) -> pd.DataFrame:
    """Return the loss by epoch at the main R and K, over its models, before training too."""
    parts = {
        "training": intervals.losses[vectors.TRAIN_LOSS],
        "held out": intervals.losses[vectors.VALIDATION_LOSS],
    }
    return joined(parts, [vectors.EPOCH])
