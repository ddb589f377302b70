"""How many labels vanilla needs to be as accurate as word2vec with fewer."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from stages.core.arrays import BoolArray
from stages.report.by_row import ByRow
from stages.report.crossed import Squares, mean_products, with_error
from stages.results.classifiers import METHOD, N_LABELS
from stages.results.methods import VANILLA, WORD2VEC

EQUAL = 1e-9  # accuracies closer than this are the same
STEPS = 2000  # numbers of labels that are tried, evenly on a logarithmic scale
COLUMNS = (N_LABELS, "vanilla_labels", "ci_low", "ci_high")

Steps = npt.NDArray[np.float64]


def equivalent_labels(results: pd.DataFrame, correct: BoolArray) -> pd.DataFrame:
    """Return, for each number of labels, how many vanilla needs to match word2vec, with bounds.

    Each run's vanilla accuracy is taken as linear in log(labels) between the measured sizes.
    A number of labels is inside the interval if the 95 % interval, over runs and test rows, of
    word2vec's accuracy minus vanilla's there, paired by run, holds 0: a test turned round
    (Fieller, 1954), so it need not be symmetric. Infinite: above the largest number that was
    measured; 0: below the smallest.
    """
    sizes = sorted(set(results[N_LABELS].astype(int)))
    if len(sizes) < 2:
        return pd.DataFrame(columns=list(COLUMNS))
    word2vec, vanilla = (
        [_at(results, correct, method, size) for size in sizes] for method in (WORD2VEC, VANILLA)
    )
    logs = np.log(sizes)
    steps = np.linspace(logs[0], logs[-1], STEPS)
    rows = [
        (size, *_crossing(arm, vanilla, logs, steps))
        for size, arm in zip(sizes, word2vec, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _at(results: pd.DataFrame, correct: BoolArray, method: str, labels: int) -> ByRow:
    lines = results[(results[METHOD] == method) & (results[N_LABELS] == labels)]
    return ByRow.of(lines, correct)


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
    estimate = _first(mean, labels)
    if np.isnan(low).any():
        return estimate, float("nan"), float("nan")
    return estimate, _first(low, labels), _first(high, labels)


def _lead(start: ByRow, change: ByRow, share: Steps) -> tuple[Steps, Steps, Steps]:
    """Return the mean and bounds of start + share * change, for each share."""
    one, other = start.values, change.values
    squares, products, more = (
        mean_products(*pair) for pair in ((one, one), (one, other), (other, other))
    )

    def at_share(name: str) -> Steps:
        of_sum: Steps = (
            getattr(squares, name)
            + 2 * share * getattr(products, name)
            + share**2 * getattr(more, name)
        )
        return of_sum

    mean = one.mean() + share * other.mean()
    summed = Squares(at_share("of_runs"), at_share("of_rows"), at_share("rest"))
    low, high = with_error(mean, summed, one.shape).bounds()
    return mean, np.asarray(low), np.asarray(high)


def _first(lead: npt.NDArray[np.float64], labels: npt.NDArray[np.float64]) -> float:
    """Return the first number of labels at which a lead is gone: infinite if it never is.

    0 if it is a lag from the start: then fewer labels than were measured do as well.
    """
    if lead[0] < -EQUAL:
        return 0.0
    gone = lead <= EQUAL
    return float(labels[gone.argmax()]) if gone.any() else float("inf")
