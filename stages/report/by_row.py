"""What was right on each test row, by run: what accuracies and gains are means of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stages.core.arrays import BoolArray, FloatArray
from stages.report.crossed import Estimate, crossed
from stages.report.statistics import Interval
from stages.results.classifiers import RUN


@dataclass(frozen=True)
class ByRow:
    """A value for each run and test row, (runs, rows). runs: their numbers, rising."""

    runs: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]

    @classmethod
    def of(cls, lines: pd.DataFrame, correct: BoolArray | FloatArray) -> "ByRow":
        """Take lines of results; the lines of one run are averaged.

        correct: of all lines, (lines, rows), each at the place that its index in ``lines`` names.
        """
        of_line = lines[RUN].to_numpy(np.int64)
        runs, places = np.unique(of_line), lines.index.to_numpy()
        means = [correct[places[of_line == run]].mean(0, dtype=np.float64) for run in runs]
        return cls(runs, np.stack(means))

    def __sub__(self, other: "ByRow") -> "ByRow":
        """Return the differences, paired by run; a run that only one has is left out."""
        runs, mine, theirs = np.intersect1d(self.runs, other.runs, return_indices=True)
        return ByRow(runs, self.values[mine] - other.values[theirs])

    def __mul__(self, factor: float) -> "ByRow":
        """Return the same in another unit."""
        return ByRow(self.runs, factor * self.values)

    def by_model(self, models: int) -> "ByRow":
        """Return the means over the runs of each SGNS model; run i starts from i mod models."""
        of_run = self.runs % models
        found = np.unique(of_run)
        return ByRow(found, np.stack([self.values[of_run == m].mean(0) for m in found]))

    def means(self) -> "pd.Series[float]":
        """Return each run's mean over the test rows."""
        return pd.Series(self.values.mean(1), self.runs)

    def estimate(self) -> Estimate:
        """Return the mean over runs and test rows, with its error."""
        return crossed(self.values)

    def interval(self) -> Interval:
        """Return the mean over runs and test rows, with its 95 % interval."""
        return self.estimate().interval()
