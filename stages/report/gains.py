"""Gains of test accuracy between methods, paired by run, and what they are worth.

The usual comparison starts one classifier from SGNS's vectors as they are and the other from
torch's default random rows, both by an untuned recipe. Its gain is the sum of three parts:

    direction                   word2vec - vanilla: rows of one length, and a tuned recipe
    regularisation and tuning   what the same start gains more by the untuned recipe
    initial scale               what each start's own length adds to that
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from stages.check.whole import Params
from stages.core.arrays import BoolArray
from stages.report.crossed import ByRow, mean_products, with_error
from stages.report.statistics import interval_table
from stages.report.tables import DIRECTION, PART, RECIPE, SCALE, TOTAL
from stages.results import methods
from stages.results.classifiers import METHOD, N_LABELS
from stages.results.methods import VANILLA, WORD2VEC

POINTS = 100  # accuracy points in an accuracy of 1
EQUAL = 1e-9  # accuracies closer than this are the same
STEPS = 2000  # numbers of labels that are tried, evenly on a logarithmic scale

# By the method, the one that it is compared with, and the number of labels.
Gains = Mapping[tuple[str, str, int], ByRow]
Steps = npt.NDArray[np.float64]


def find_gains(results: pd.DataFrame, correct: BoolArray, params: Params) -> Gains:
    """Return the gain of each pair of methods that is compared, at each number of labels.

    In accuracy points, by run and test row: 100 where ``method`` alone is right.
    """
    compared = [
        *((WORD2VEC, other) for other in (VANILLA, methods.TFIDF, methods.TFIDF_BIGRAMS)),
        *((name, VANILLA) for name in params.variants),
        *((name, WORD2VEC) for name in params.variants),
        (methods.SHUFFLED, VANILLA),
        (methods.WORD2VEC_USUAL, methods.VANILLA_USUAL),
        (methods.WORD2VEC_RAW, methods.VANILLA_DEFAULT),
    ]
    found = {}
    for labels in sorted(set(results[N_LABELS].astype(int))):
        group = results[results[N_LABELS] == labels]
        of = {name: ByRow.of(lines, correct) for name, lines in group.groupby(METHOD)}
        for method, against in compared:
            if method in of and against in of:
                found[method, against, labels] = (of[method] - of[against]) * POINTS
    return found


def sizes_of(gains: Gains) -> list[int]:
    """Return the numbers of labels that there are gains at, from the fewest."""
    return sorted({labels for _, _, labels in gains})


def parts_of(gains: Gains) -> pd.DataFrame:
    """Return the usual gain and its parts, in points, at each number of labels.

    Paired by run and test row, so that the parts' means sum to the total's.
    """
    found = {}
    for labels in sizes_of(gains):
        direction = gains[WORD2VEC, VANILLA, labels]
        same_length = gains[methods.WORD2VEC_USUAL, methods.VANILLA_USUAL, labels]
        total = gains[methods.WORD2VEC_RAW, methods.VANILLA_DEFAULT, labels]
        found[labels, TOTAL] = total.interval()
        found[labels, DIRECTION] = direction.interval()
        found[labels, RECIPE] = (same_length - direction).interval()
        found[labels, SCALE] = (total - same_length).interval()
    return interval_table(found, [N_LABELS, PART])


def equivalent_labels(results: pd.DataFrame, correct: BoolArray) -> pd.DataFrame:
    """Return, for each number of labels, how many vanilla needs to match word2vec, with bounds.

    Each run's vanilla accuracy is taken as linear in log(labels) between the measured sizes.
    A number of labels is inside the interval if the 95 % interval, over runs and test rows, of
    word2vec's accuracy minus vanilla's there, paired by run, holds 0: a test turned round
    (Fieller, 1954), so it need not be symmetric. Infinite: above the largest number that was
    measured; 0: below the smallest.
    """
    groups = results.groupby([METHOD, N_LABELS])
    arms = {key: ByRow.of(lines, correct) for key, lines in groups if key[0] in (WORD2VEC, VANILLA)}
    sizes = sorted(set(results[N_LABELS].astype(int)))
    vanilla, logs = [arms[VANILLA, size] for size in sizes], np.log(sizes)
    steps = np.linspace(logs[0], logs[-1], STEPS)
    rows = [
        (size, *_crossing(arms[WORD2VEC, size], vanilla, logs, steps))
        for size in sizes
        if len(sizes) > 1
    ]
    return pd.DataFrame(rows, columns=[N_LABELS, "vanilla_labels", "ci_low", "ci_high"])


def _crossing(
    word2vec: ByRow, vanilla: list[ByRow], sizes: Steps, steps: Steps
) -> tuple[float, float, float]:
    """Return where a lead is used up on average, and where it may be; all x are log(labels)."""
    parts = []
    for (one, other), (left, right) in zip(pairwise(vanilla), pairwise(sizes), strict=True):
        inside = steps[(steps >= left) & (steps <= right)]
        lead = _lead(word2vec - one, one - other, (inside - left) / (right - left))
        parts.append((np.exp(inside), *lead))
    labels, mean, low, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _first(mean, labels), _first(low, labels), _first(high, labels)


def _lead(start: ByRow, change: ByRow, share: Steps) -> tuple[Steps, Steps, Steps]:
    """Return the mean and bounds of start + share * change, for each share."""
    one, other = start.values, change.values
    squares, products, more = (
        mean_products(*pair)[:, None] for pair in ((one, one), (one, other), (other, other))
    )
    summed = squares + 2 * share * products + share**2 * more
    mean = one.mean() + share * other.mean()
    low, high = with_error(mean, summed, one.shape).bounds()
    return mean, np.asarray(low), np.asarray(high)


def _first(lead: Steps, labels: Steps) -> float:
    """Return the first number of labels at which a lead is gone: infinite if it never is.

    0 if it is a lag from the start: then fewer labels than were measured do as well.
    """
    if np.isnan(lead).any():
        return float("nan")
    if lead[0] < -EQUAL:
        return 0.0
    gone = lead <= EQUAL
    return float(labels[gone.argmax()]) if gone.any() else float("inf")
