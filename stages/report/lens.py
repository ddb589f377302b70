"""How the geometry of the vectors goes with what the classifier makes of them."""

import pandas as pd

from stages.files.classifiers import TEST_ACCURACY, TRAIN_LOSS
from stages.files.vectors import MODEL
from stages.report.statistics import rank_correlation
from stages.report.tables import Tables

MEASURES = (
    "mean_cosine_centre",
    "mean_cosine_context",
    "effective_rank",
    "uniformity",
    "alignment",
    "retrieval",
    "pmi_correlation",
    "stability",
)


def cells(tables: Tables) -> pd.DataFrame:
    """Return a row a cell of the grid: means over models, and over the classifier's runs."""
    keys = ["R", "K"]
    diagnostics = tables.diagnostics.groupby(keys).mean(numeric_only=True).drop(columns=MODEL)
    accuracy = tables.ablation.groupby(keys)[TEST_ACCURACY].mean()
    table = diagnostics.join(accuracy).reset_index()
    table["above_floor"] = table[TRAIN_LOSS] - table["loss_floor"]
    return table


def relations(tables: Tables) -> pd.DataFrame:
    """Return each measure's rank correlation with test accuracy over the cells of the grid."""
    table = cells(tables)
    rows = []
    for measure in MEASURES:
        known = table.dropna(subset=measure)
        if len(known) < 3:
            continue
        found = rank_correlation(known[measure], known[TEST_ACCURACY])
        rows.append((measure, found.mean, found.low, found.high, len(known)))
    return pd.DataFrame(rows, columns=["measure", "spearman", "ci_low", "ci_high", "cells"])
