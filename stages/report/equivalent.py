"""How many labels vanilla needs to be as accurate as word2vec with fewer."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from stages.files.classifiers import N_LABELS, VANILLA, WORD2VEC
from stages.report.statistics import mean_intervals
from stages.report.tables import accuracy_by_run

EQUAL = 1e-9  # accuracies closer than this are the same
STEPS = 2000  # numbers of labels that are tried, evenly on a logarithmic scale
COLUMNS = (N_LABELS, "vanilla_labels", "ci_low", "ci_high")


def equivalent_labels(results: pd.DataFrame) -> pd.DataFrame:
    """Return, for each number of labels, how many vanilla needs to match word2vec, with bounds.

    Each run's vanilla accuracy is taken as linear in log(labels) between the measured sizes.
    A number of labels is inside the interval if Student's 95 % interval of word2vec's accuracy
    minus vanilla's there, paired by run, holds 0: a test turned round (Fieller, 1954), so it
    need not be symmetric. Infinite: above the largest number that was measured; 0: below the
    smallest.
    """
    word2vec, vanilla = (accuracy_by_run(results, method) for method in (WORD2VEC, VANILLA))
    sizes = [int(size) for size in vanilla.columns]
    if len(sizes) < 2:
        return pd.DataFrame(columns=list(COLUMNS))
    grid = np.linspace(np.log(sizes[0]), np.log(sizes[-1]), STEPS)
    curves = np.array([np.interp(grid, np.log(sizes), row) for row in vanilla.to_numpy()])
    rows = [
        (size, *_crossing(word2vec[[size]].to_numpy() - curves, np.exp(grid))) for size in sizes
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _crossing(
    lead: npt.NDArray[np.float64], labels: npt.NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return where a lead, (runs, steps), is used up on average, and where it may be."""
    mean, low, high = mean_intervals(lead)
    estimate = _first(mean, labels)
    if len(lead) < 2:
        return estimate, float("nan"), float("nan")
    return estimate, _first(low, labels), _first(high, labels)


def _first(lead: npt.NDArray[np.float64], labels: npt.NDArray[np.float64]) -> float:
    """Return the first number of labels at which a lead is gone: infinite if it never is.

    0 if it is a lag from the start: then fewer labels than were measured do as well.
    """
    if lead[0] < -EQUAL:
        return 0.0
    gone = lead <= EQUAL
    return float(labels[gone.argmax()]) if gone.any() else float("inf")
