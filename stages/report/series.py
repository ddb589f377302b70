"""Small data series for ``dvc plots``: stable file names and columns, a mean a cell."""

import pandas as pd

from stages.params import Params
from stages.report.equivalent import equivalent_labels
from stages.report.statistics import intervals_by
from stages.report.tables import (
    GRID,
    MAIN,
    VANILLA,
    WORD2VEC,
    Tables,
    distinct_sizes,
    methods_of,
)


def all_series(tables: Tables, params: Params) -> dict[str, pd.DataFrame]:
    """Return each series by the name of its file in ``plots``."""
    return {
        "labels": by_labels(distinct_sizes(tables.results)),
        "equivalent_labels": equivalent_labels(distinct_sizes(tables.results)),
        "unknown": unknown_shares(distinct_sizes(tables.results)),
        "curves_largest_budget": curves(tables.history, max(params.classify.budgets)),
        "curves_ablation_budget": curves(tables.history, params.ablation.budget),
        "radius": ablation_axis(tables, params, "R"),
        "negatives": ablation_axis(tables, params, "K"),
        "sgns_loss": sgns_losses(tables.sgns),
    }


def by_labels(results: pd.DataFrame) -> pd.DataFrame:
    """Return test accuracy by number of labels: a column a method, with its bounds."""
    columns = []
    for method in methods_of(results):
        chosen = results[results["method"] == method]
        table = intervals_by(chosen, ["n_labels"], "test_accuracy").set_index("n_labels")
        columns.append(table.add_prefix(f"{method}_").rename(columns={f"{method}_mean": method}))
    return pd.concat(columns, axis=1).reset_index()


def unknown_shares(results: pd.DataFrame) -> pd.DataFrame:
    """Return the mean share of test tokens read as ``<unk>``: a column a method."""
    table = results.pivot_table(index="n_labels", columns="method", values="unknown_share")
    return table[methods_of(results)].reset_index()


def curves(history: pd.DataFrame, budget: int) -> pd.DataFrame:
    """Return mean validation accuracy and loss by epoch for both arms at one budget."""
    chosen = history[(history["experiment"] == MAIN) & (history["budget"] == budget)]
    wide = chosen.pivot_table(
        index="epoch", columns="method", values=["val_accuracy", "val_loss"], aggfunc="mean"
    )
    table = pd.DataFrame(
        {
            f"{method}_{score}": wide[f"val_{score}", method]
            for score in ("accuracy", "loss")
            for method in (WORD2VEC, VANILLA)
        }
    )
    return table.reset_index()


def fixed_cell(params: Params) -> dict[str, int]:
    """Return the R and K at which the other is varied: the main ones where the grid has them."""
    main = {"R": params.sgns.R, "K": params.sgns.K}
    axes = {"R": params.ablation.R, "K": params.ablation.K}
    return {name: main[name] if main[name] in axes[name] else axes[name][0] for name in axes}


def axis_rows(table: pd.DataFrame, params: Params, axis: str) -> pd.DataFrame:
    """Return the rows of the grid that vary ``axis`` (R or K) alone."""
    other = {"R": "K", "K": "R"}[axis]
    return table[table[other] == fixed_cell(params)[other]]


def ablation_axis(tables: Tables, params: Params, axis: str) -> pd.DataFrame:
    """Return mean scores along R or K, the other one fixed: accuracy and loss, with bounds."""
    rows = axis_rows(tables.ablation, params, axis)
    accuracy = intervals_by(rows, [axis], "test_accuracy").set_index(axis)
    loss = intervals_by(rows, [axis], "val_loss").set_index(axis)
    names = {"mean": "test_accuracy", "low": "test_accuracy_low", "high": "test_accuracy_high"}
    return accuracy.rename(columns=names).join(loss["mean"].rename("val_loss")).reset_index()


def sgns_losses(sgns: pd.DataFrame) -> pd.DataFrame:
    """Return the loss by epoch at the main R and K, the mean over its models."""
    main = sgns[sgns["experiment"] == MAIN].dropna(subset="train_loss")
    return main.groupby("epoch")[["train_loss", "validation_loss"]].mean().reset_index()


def grid_history(tables: Tables) -> pd.DataFrame:
    """Return the per-epoch rows of the ablation's classifiers."""
    return tables.history[tables.history["experiment"] == GRID]
