"""Differences of test accuracy between methods, paired by run: what every gain is taken from."""

import pandas as pd

from stages.files.classifiers import (
    METHOD,
    N_LABELS,
    RUN,
    SHUFFLED,
    TEST_ACCURACY,
    TFIDF,
    VANILLA,
    WORD2VEC,
)
from stages.params.whole import Params
from stages.report.statistics import paired_difference
from stages.report.tables import AGAINST, rows_with

ACCURACY_POINTS = "points"
POINTS = 100  # accuracy points in an accuracy of 1
COLUMNS = (METHOD, AGAINST, N_LABELS, RUN, ACCURACY_POINTS)


def gains_by_run(results: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a row for each pair of methods that is compared, number of labels and run.

    points: test accuracy of ``method`` minus that of ``against``, in accuracy points.
    """
    parts = []
    for labels, group in results.groupby(N_LABELS):
        measured = set(group[METHOD])
        for method, against in compared(params):
            if {method, against} <= measured:
                gain = POINTS * paired_difference(group, TEST_ACCURACY, method, against)
                pair = {METHOD: method, AGAINST: against, N_LABELS: labels}
                parts.append(gain.rename(ACCURACY_POINTS).reset_index().assign(**pair))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def compared(params: Params) -> list[tuple[str, str]]:
    """Return the pairs of methods of which the first may gain over the second."""
    return [
        (WORD2VEC, VANILLA),
        (WORD2VEC, TFIDF),
        *((name, VANILLA) for name in params.variants),
        *((name, WORD2VEC) for name in params.variants),
        (SHUFFLED, VANILLA),
    ]


def gain(gains: pd.DataFrame, method: str, against: str, labels: int) -> "pd.Series[float]":
    """Return the gain in points by run; without a value where it was not measured."""
    rows = rows_with(gains, {METHOD: method, AGAINST: against, N_LABELS: labels})
    return rows.set_index(RUN)[ACCURACY_POINTS]
