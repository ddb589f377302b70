"""What the tables say: computed once, for all that draws or tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from stages.check.whole import Params
from stages.core.atomic import write_json
from stages.report import lens
from stages.report.claims import claims_table
from stages.report.equivalent import equivalent_labels
from stages.report.gains import find_gains
from stages.report.intervals import Intervals, find_intervals
from stages.report.metrics import headline_metrics
from stages.report.parts import parts_of
from stages.report.series import all_series
from stages.report.tables import Tables, distinct_sizes, write_table
from stages.report.word_map import word_map


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
        self.tables.write(folder)
        named = {
            "equivalent_labels": self.equivalent,
            "parts": self.parts,
            "claims": self.claims,
            "lens": self.cells,
            "lens_and_accuracy": self.relations,
            "word_map": self.word_map,
        }
        for name, table in {**self.series, **named}.items():
            write_table(folder / f"{name}.csv", table)
        write_json(folder / "metrics.json", self.metrics)


def find(tables: Tables, params: Params) -> Findings:
    """Compute everything that is shown."""
    results = distinct_sizes(tables.results)
    gains = find_gains(results, tables.correct, params)
    intervals = find_intervals(tables, gains)
    cells = lens.cells(tables)
    return Findings(
        tables=tables,
        intervals=intervals,
        equivalent=equivalent_labels(results, tables.correct),
        parts=parts_of(gains),
        series=all_series(tables.results, intervals, params),
        claims=claims_table(tables, gains, params),
        cells=cells,
        relations=lens.relations(cells),
        word_map=word_map(tables.vocabulary, tables.centre),
        metrics=headline_metrics(tables, intervals, params),
    )
