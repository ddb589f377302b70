"""What the tables say: computed once, for all that draws or tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from stages.check.whole import Params
from stages.core.atomic import write_json
from stages.lens import columns as lens
from stages.report.claims import claims_table
from stages.report.gains import equivalent_labels, find_gains, parts_of
from stages.report.intervals import Intervals, all_series, find_intervals
from stages.report.statistics import rank_correlation
from stages.report.tables import ABOVE_FLOOR, Tables, write_table
from stages.report.word_map import word_map
from stages.results.classifiers import BUDGET, N_LABELS, TEST_ACCURACY
from stages.results.methods import WORD2VEC
from stages.vectors.vectors import MODEL, TRAIN_LOSS

MEASURES = (
    *(lens.MEAN_COSINE_CENTRE, lens.MEAN_COSINE_CONTEXT, lens.EFFECTIVE_RANK, lens.UNIFORMITY),
    *(lens.ALIGNMENT, lens.RETRIEVAL, lens.PMI_CORRELATION, lens.STABILITY),
)


@dataclass(frozen=True)
class Findings:
    """What was measured, and what that says.

    tables: what was measured.
    intervals: means with their intervals.
    equivalent: how many labels vanilla needs to be as accurate as word2vec.
    parts: where the gain by the usual recipe comes from.
    series: small data series, by the name of their file.
    claims: a row a test, with its verdict.
    cells: a row a cell of the grid: its vectors' geometry, and test accuracy.
    relations: how each measure of geometry goes with test accuracy over the cells.
    word_map: where frequent words lie in two dimensions.
    metrics: the headline.
    """

    tables: Tables
    intervals: Intervals
    equivalent: pd.DataFrame
    parts: pd.DataFrame
    series: Mapping[str, pd.DataFrame]
    claims: pd.DataFrame
    cells: pd.DataFrame
    relations: pd.DataFrame
    word_map: pd.DataFrame
    metrics: Mapping[str, Any]

    def write(self, folder: Path) -> None:
        """Write every table as CSV, and ``metrics.json``."""
        named = {
            **self.tables.named(),
            **self.series,
            "equivalent_labels": self.equivalent,
            "parts": self.parts,
            "claims": self.claims,
            "lens": self.cells,
            "lens_and_accuracy": self.relations,
            "word_map": self.word_map,
        }
        for name, table in named.items():
            write_table(folder / f"{name}.csv", table)
        write_json(folder / "metrics.json", self.metrics)


def find(tables: Tables, params: Params) -> Findings:
    """Compute everything that is shown."""
    results = tables.distinct
    gains = find_gains(results, tables.correct, params)
    intervals = find_intervals(tables, gains)
    series = all_series(tables, intervals, params)
    cells = find_cells(tables)
    return Findings(
        tables=tables,
        intervals=intervals,
        equivalent=equivalent_labels(results, tables.correct),
        parts=parts_of(gains),
        series=series,
        claims=claims_table(tables, gains, params),
        cells=cells,
        relations=find_relations(cells),
        word_map=word_map(tables.vocabulary, tables.centre),
        metrics=headline_metrics(tables, intervals, series["sgns_loss"], params),
    )


def find_cells(tables: Tables) -> pd.DataFrame:
    """Return a row a cell of the grid: means over models, and over the classifier's runs.

    Test accuracy is that with the fewest labels, where vectors matter most.
    """
    keys = ["R", "K"]
    diagnostics = tables.diagnostics.groupby(keys).mean(numeric_only=True).drop(columns=MODEL)
    fewest = tables.ablation[tables.ablation[N_LABELS] == tables.ablation[N_LABELS].min()]
    accuracy = fewest.groupby(keys)[TEST_ACCURACY].mean()
    table = diagnostics.join(accuracy).reset_index()
    table[ABOVE_FLOOR] = table[TRAIN_LOSS] - table[lens.LOSS_FLOOR]
    return table


def find_relations(cells: pd.DataFrame) -> pd.DataFrame:
    """Return each measure's rank correlation with test accuracy over the cells of the grid."""
    rows = []
    for measure in MEASURES:
        known = cells.dropna(subset=measure)
        if len(known) > 2:
            found = rank_correlation(known[measure], known[TEST_ACCURACY])
            rows.append((measure, found.mean, found.low, found.high, len(known)))
    return pd.DataFrame(rows, columns=["measure", "spearman", "ci_low", "ci_high", "cells"])


def headline_metrics(
    tables: Tables, intervals: Intervals, losses: pd.DataFrame, params: Params
) -> dict[str, Any]:
    """Return test accuracy and gain over vanilla (points) by budget, and the SGNS loss."""
    sizes = dict(tables.results[[BUDGET, N_LABELS]].drop_duplicates().to_numpy())
    accuracy = intervals.accuracy_of(WORD2VEC).set_index(N_LABELS)["mean"]
    gain = intervals.gain_of(WORD2VEC).set_index(N_LABELS)["mean"]
    budgets = params.classify.budgets
    return {
        "word2vec_test_accuracy": {str(b): round(float(accuracy[sizes[b]]), 5) for b in budgets},
        "gain_over_vanilla_points": {str(b): round(float(gain[sizes[b]]), 3) for b in budgets},
        "sgns_validation_loss": round(float(losses["mean"].iloc[-1]), 5),
        "grid_reproduces_main": tables.grid_reproduces_main,
    }
