"""Differences of test accuracy between methods, paired by run: what every gain is taken from."""

from collections.abc import Mapping

import pandas as pd

from stages.check.whole import Params
from stages.core.arrays import BoolArray
from stages.report.by_row import ByRow
from stages.results.classifiers import METHOD, N_LABELS
from stages.results.methods import (
    SHUFFLED,
    TFIDF,
    TFIDF_BIGRAMS,
    VANILLA,
    VANILLA_DEFAULT,
    VANILLA_USUAL,
    WORD2VEC,
    WORD2VEC_RAW,
    WORD2VEC_USUAL,
)

POINTS = 100  # accuracy points in an accuracy of 1

Gains = Mapping[tuple[str, str, int], ByRow]  # by method, the one it is compared with, and labels


def find_gains(results: pd.DataFrame, correct: BoolArray, params: Params) -> Gains:
    """Return the gain of each pair of methods that is compared, at each number of labels.

    In accuracy points, by run and test row: 100 where ``method`` alone is right.
    """
    found = {}
    for labels in sorted(set(results[N_LABELS].astype(int))):
        group = results[results[N_LABELS] == labels]
        of = {name: ByRow.of(lines, correct) for name, lines in group.groupby(METHOD)}
        for method, against in compared(params):
            if method in of and against in of:
                found[method, against, labels] = (of[method] - of[against]) * POINTS
    return found


def compared(params: Params) -> list[tuple[str, str]]:
    """Return the pairs of methods of which the first may gain over the second."""
    return [
        (WORD2VEC, VANILLA),
        (WORD2VEC, TFIDF),
        (WORD2VEC, TFIDF_BIGRAMS),
        *((name, VANILLA) for name in params.variants),
        *((name, WORD2VEC) for name in params.variants),
        (SHUFFLED, VANILLA),
        (WORD2VEC_USUAL, VANILLA_USUAL),
        (WORD2VEC_RAW, VANILLA_DEFAULT),
    ]


def sizes_of(gains: Gains) -> list[int]:
    """Return the numbers of labels that there are gains at, from the fewest."""
    return sorted({labels for _, _, labels in gains})
