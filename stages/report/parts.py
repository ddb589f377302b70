"""Where the gain by the usual recipe comes from: ``parts.csv``.

The usual comparison starts one classifier from SGNS's vectors as they are and the other from
torch's default random rows, both by an untuned recipe. Its gain is the sum of three parts:

    direction                   word2vec - vanilla: rows of one length, and a tuned recipe
    regularisation and tuning   what the same start gains more by the untuned recipe
    initial scale               what each start's own length adds to that
"""

import pandas as pd

from stages.report.by_row import ByRow
from stages.report.gains import Gains, sizes_of
from stages.report.tables import DIRECTION, PART, RECIPE, SCALE, TOTAL
from stages.results.classifiers import N_LABELS
from stages.results.methods import (
    VANILLA,
    VANILLA_DEFAULT,
    VANILLA_USUAL,
    WORD2VEC,
    WORD2VEC_RAW,
    WORD2VEC_USUAL,
)

COLUMNS = (N_LABELS, PART, "mean", "low", "high")


def parts_of(gains: Gains) -> pd.DataFrame:
    """Return the usual gain and its parts, in points, at each number of labels.

    Paired by run and test row, so that the parts' means sum to the total's.
    """
    rows = []
    for labels in sizes_of(gains):
        for part, gain in _parts(gains, labels).items():
            found = gain.interval()
            rows.append((labels, part, found.mean, found.low, found.high))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _parts(gains: Gains, labels: int) -> dict[str, ByRow]:
    """Return the parts at a number of labels, by run and test row."""
    direction = gains[WORD2VEC, VANILLA, labels]
    same_length = gains[WORD2VEC_USUAL, VANILLA_USUAL, labels]
    total = gains[WORD2VEC_RAW, VANILLA_DEFAULT, labels]
    return {
        TOTAL: total,
        DIRECTION: direction,
        RECIPE: same_length - direction,
        SCALE: total - same_length,
    }
