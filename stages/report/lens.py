"""How the geometry of the vectors goes with what the classifier makes of them."""

import pandas as pd

from stages.lens.columns import (
    ALIGNMENT,
    EFFECTIVE_RANK,
    LOSS_FLOOR,
    MEAN_COSINE_CENTRE,
    MEAN_COSINE_CONTEXT,
    PMI_CORRELATION,
    RETRIEVAL,
    STABILITY,
    UNIFORMITY,
)
from stages.report.statistics import rank_correlation
from stages.report.tables import ABOVE_FLOOR, Tables
from stages.results.classifiers import N_LABELS, TEST_ACCURACY
from stages.vectors.vectors import MODEL, TRAIN_LOSS

MEASURES = (
    MEAN_COSINE_CENTRE,
    MEAN_COSINE_CONTEXT,
    EFFECTIVE_RANK,
    UNIFORMITY,
    ALIGNMENT,
    RETRIEVAL,
    PMI_CORRELATION,
    STABILITY,
)


def cells(tables: Tables) -> pd.DataFrame:
    """Return a row a cell of the grid: means over models, and over the classifier's runs.

    Test accuracy is that with the fewest labels, where vectors matter most.
    """
    keys = ["R", "K"]
    diagnostics = tables.diagnostics.groupby(keys).mean(numeric_only=True).drop(columns=MODEL)
    fewest = tables.ablation[tables.ablation[N_LABELS] == tables.ablation[N_LABELS].min()]
    accuracy = fewest.groupby(keys)[TEST_ACCURACY].mean()
    table = diagnostics.join(accuracy).reset_index()
    table[ABOVE_FLOOR] = table[TRAIN_LOSS] - table[LOSS_FLOOR]
    return table


def relations(of_cells: pd.DataFrame) -> pd.DataFrame:
    """Return each measure's rank correlation with test accuracy over the cells of the grid."""
    rows = []
    for measure in MEASURES:
        known = of_cells.dropna(subset=measure)
        if len(known) < 3:
            continue
        found = rank_correlation(known[measure], known[TEST_ACCURACY])
        rows.append((measure, found.mean, found.low, found.high, len(known)))
    return pd.DataFrame(rows, columns=["measure", "spearman", "ci_low", "ci_high", "cells"])
