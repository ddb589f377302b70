"""Small data series for ``dvc plots``: stable file names and columns, means with intervals."""

from collections.abc import Mapping

import pandas as pd

from stages.files.classifiers import (
    BUDGET,
    EPOCH,
    METHOD,
    N_LABELS,
    TEST_ACCURACY,
    TFIDF,
    TRAIN_LOSS,
    UNKNOWN_SHARE,
    VALIDATION_ACCURACY,
    VALIDATION_LOSS,
    VANILLA,
    WORD2VEC,
)
from stages.params.whole import Params
from stages.report.equivalent import equivalent_labels
from stages.report.statistics import intervals_by, paired_difference
from stages.report.tables import GRID, MAIN, Tables, distinct_sizes, fixed_cell, methods_of

PERCENT = 100


def all_series(tables: Tables, params: Params) -> dict[str, pd.DataFrame]:
    """Return each series by the name of its file in ``plots``."""
    results = distinct_sizes(tables.results)
    return {
        "labels": by_labels(results),
        "equivalent_labels": equivalent_labels(results),
        "unknown": unknown_shares(results),
        "accuracy_by_labels": accuracies(results),
        "gain_by_labels": gains(results, params),
        "curves_accuracy": curves(tables, VALIDATION_ACCURACY, PERCENT),
        "curves_loss": curves(tables, VALIDATION_LOSS, 1),
        "radius": along(tables, params, "R"),
        "negatives": along(tables, params, "K"),
        "grid": scaled(intervals_by(tables.ablation, ["R", "K"], TEST_ACCURACY), PERCENT),
        "sgns_loss": sgns_losses(tables.sgns),
    }


def scaled(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return a table of intervals in another unit."""
    bounds = ["mean", "low", "high"]
    return table.assign(**{name: table[name] * factor for name in bounds})


def joined(parts: Mapping[str, pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Return tables of intervals as one, with the column ``series`` to tell them apart."""
    table = pd.concat([part.assign(series=name) for name, part in parts.items()])
    return table[[*keys, "series", "mean", "low", "high"]]


def accuracies(results: pd.DataFrame) -> pd.DataFrame:
    """Return test accuracy in % by number of labels, for the two arms and the baseline."""
    keys = [N_LABELS]
    parts = {
        method: intervals_by(results[results[METHOD] == method], keys, TEST_ACCURACY)
        for method in (WORD2VEC, VANILLA, TFIDF)
    }
    return scaled(joined(parts, keys), PERCENT)


def gains(results: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return the gain over vanilla in points, of word2vec and of its variants."""
    known = set(results[METHOD])
    names = [WORD2VEC, *(name for name in params.variants if name in known)]
    return joined({name: paired_gains(results, name) for name in names}, [N_LABELS])


def paired_gains(
    results: pd.DataFrame, method: str = WORD2VEC, against: str = VANILLA
) -> pd.DataFrame:
    """Return a method minus another in accuracy points, paired by run, at each n_labels."""
    rows = []
    for labels, group in results.groupby(N_LABELS):
        difference = paired_difference(group, TEST_ACCURACY, method, against) * PERCENT
        rows.append(pd.DataFrame({"n_labels": labels, "gain": difference}))
    return intervals_by(pd.concat(rows), [N_LABELS], "gain")


def by_labels(results: pd.DataFrame) -> pd.DataFrame:
    """Return test accuracy by number of labels: a column a method, with its bounds."""
    columns = []
    for method in methods_of(results):
        chosen = results[results[METHOD] == method]
        table = intervals_by(chosen, [N_LABELS], TEST_ACCURACY).set_index(N_LABELS)
        columns.append(table.add_prefix(f"{method}_").rename(columns={f"{method}_mean": method}))
    return pd.concat(columns, axis=1).reset_index()


def unknown_shares(results: pd.DataFrame) -> pd.DataFrame:
    """Return the mean share of test tokens read as ``<unk>``: a column a method."""
    table = results.pivot_table(index=N_LABELS, columns=METHOD, values=UNKNOWN_SHARE)
    return table[methods_of(results)].reset_index()


def curves(tables: Tables, score: str, factor: float) -> pd.DataFrame:
    """Return a score by epoch for both arms, a panel for each number of labels."""
    sizes = dict(distinct_sizes(tables.results)[[BUDGET, N_LABELS]].drop_duplicates().values)
    main = tables.history[tables.history["experiment"] == MAIN]
    panels = []
    for budget, labels in sorted(sizes.items()):
        at_budget = main[main[BUDGET] == budget]
        parts = {
            method: intervals_by(at_budget[at_budget[METHOD] == method], [EPOCH], score)
            for method in (WORD2VEC, VANILLA)
        }
        panel = {"panel": f"{labels:,} labels", N_LABELS: labels}
        panels.append(joined(parts, [EPOCH]).assign(**panel))
    return scaled(pd.concat(panels, ignore_index=True), factor)


def axis_rows(table: pd.DataFrame, params: Params, axis: str) -> pd.DataFrame:
    """Return the rows of the grid that vary ``axis`` (R or K) alone."""
    other = {"R": "K", "K": "R"}[axis]
    return table[table[other] == fixed_cell(params)[other]]


def along(tables: Tables, params: Params, axis: str) -> pd.DataFrame:
    """Return test accuracy in % along R or K, a series for each value of the other."""
    other = {"R": "K", "K": "R"}[axis]
    parts = {
        f"{other} = {value}": intervals_by(
            tables.ablation[tables.ablation[other] == value], [axis], TEST_ACCURACY
        )
        for value in sorted(getattr(params.ablation, other))
    }
    return scaled(joined(parts, [axis]), PERCENT)


def sgns_losses(sgns: pd.DataFrame) -> pd.DataFrame:
    """Return the loss by epoch at the main R and K, over its models, before training too."""
    main = sgns[sgns["experiment"] == MAIN]
    parts = {
        name: intervals_by(main.dropna(subset=column), [EPOCH], column)
        for name, column in (("training", TRAIN_LOSS), ("held out", "validation_loss"))
    }
    return joined(parts, [EPOCH])


def grid_history(tables: Tables) -> pd.DataFrame:
    """Return the per-epoch rows of the ablation's classifiers."""
    return tables.history[tables.history["experiment"] == GRID]
