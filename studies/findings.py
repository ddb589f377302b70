"""What the studies' runs say: the tables that the figures are drawn from and the texts tell."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.files.atomic import damaged, require
from stages.files.classifiers import METHOD, N_LABELS, TEST_ACCURACY, TEST_MACRO_F1
from stages.files.methods import TFIDF, VANILLA, VANILLA_DEFAULT, WORD2VEC, WORD2VEC_RAW
from stages.files.vectors import MODEL
from stages.report.by_row import ByRow
from stages.report.gains import POINTS
from stages.report.lens import relations
from stages.report.tables import write_table
from studies.params import TravelParams
from studies.runs import (
    EPOCHS,
    HELD_OUT_LOSS,
    IN_DOMAIN,
    LENS_TABLE,
    NEGATIVES,
    PART,
    PRETRAIN,
    RADIUS,
    STUDIES,
    TASK,
    VECTORS,
    Runs,
    read_runs,
)
from studies.verdicts import claims_by_task, counts, lines_at, sizes

ARM = "arm"  # a method, or word2vec from in-domain vectors, or GAIN
IN_DOMAIN_ARM, GAIN = "in-domain", "gain"
SHARE = "share"  # of the text
ABOVE_LEAST = "above_least"  # of a K's losses on held-out text
MACRO_F1 = "macro_f1"
INTERVAL = ("mean", "low", "high")

ARMS = {  # method, and the text of its vectors
    WORD2VEC: (WORD2VEC, PRETRAIN),
    IN_DOMAIN_ARM: (WORD2VEC, IN_DOMAIN),
    VANILLA: (VANILLA, PRETRAIN),
    TFIDF: (TFIDF, PRETRAIN),
    WORD2VEC_RAW: (WORD2VEC_RAW, PRETRAIN),
    VANILLA_DEFAULT: (VANILLA_DEFAULT, PRETRAIN),
}
CELL = [RADIUS, NEGATIVES]


@dataclass(frozen=True)
class Findings:
    """Every table; means have 95 % intervals over runs and test rows.

    claims: a row a task and test. counts: a row a claim: how many tasks it holds in.
    accuracies: a row a task, number of labels and arm. cells: a row a task, R and K, at its fewest
    labels. grid: a row a number of labels, R and K. geometry: a row an R and K. relations: a row a
    measure of geometry. epochs: a row a K and number of epochs. text: a row a share and arm.
    """

    claims: pd.DataFrame
    counts: pd.DataFrame
    accuracies: pd.DataFrame
    cells: pd.DataFrame
    grid: pd.DataFrame
    geometry: pd.DataFrame
    relations: pd.DataFrame
    epochs: pd.DataFrame
    text: pd.DataFrame

    def write(self, folder: Path) -> None:
        """Write each table as ``<name>.csv``."""
        for field in fields(self):
            write_table(folder / f"{field.name}.csv", getattr(self, field.name))


def find(travel: TravelParams) -> Findings:
    """Read the results of all studies, and return what they say; raises StageError without any."""
    of_task = tasks(travel)
    claims = claims_by_task(of_task)
    on_grid = over_grid(read_runs("grid"))
    geometry = by_cell(on_grid)
    return Findings(
        claims=claims,
        counts=counts(claims),
        accuracies=accuracies(of_task),
        cells=cells(of_task),
        grid=on_grid,
        geometry=geometry,
        relations=relations(geometry),
        epochs=by_epochs(read_runs("epochs")),
        text=by_share(read_runs("text")),
    )


def tasks(travel: TravelParams) -> dict[str, Runs]:
    """Return the runs of each task, the main experiment's first."""
    home = read_runs("travel-home")
    name = str(home.lines[TASK].iloc[0])
    return {name: home} | {task: read_runs(f"travel/{task}") for task in travel.tasks}


def accuracies(of_task: Mapping[str, Runs]) -> pd.DataFrame:
    """Return each arm's test accuracy, and macro-F1, at each number of labels."""
    rows = []
    for task, runs in of_task.items():
        for labels in sizes(runs):
            for arm, (method, text) in ARMS.items():
                lines = lines_at(runs, method, labels, text)
                found = ByRow.of(lines, runs.correct).interval()
                row = (task, labels, arm, found.mean, found.low, found.high)
                rows.append((*row, lines[TEST_MACRO_F1].mean()))
    return pd.DataFrame(rows, columns=[TASK, N_LABELS, ARM, *INTERVAL, MACRO_F1])


def cells(of_task: Mapping[str, Runs]) -> pd.DataFrame:
    """Return word2vec's accuracy at the fewest labels from vectors of each R and K."""
    tables = []
    for task, runs in of_task.items():
        lines = runs.lines
        from_main_text = (lines[METHOD] == WORD2VEC) & (lines[VECTORS] == PRETRAIN)
        table = over_grid(runs.where(from_main_text & (lines[N_LABELS] == sizes(runs)[0])))
        table.insert(0, TASK, task)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def over_grid(runs: Runs) -> pd.DataFrame:
    """Return the accuracy at each number of labels, R and K."""
    return _intervals(runs, [N_LABELS, *CELL])


def by_cell(grid: pd.DataFrame) -> pd.DataFrame:
    """Return each cell's geometry, means over models, and accuracy at the fewest labels."""
    try:
        found = pd.read_csv(require(LENS_TABLE, STUDIES)).groupby(CELL).mean().drop(columns=MODEL)
    except (ValueError, KeyError):
        raise damaged(LENS_TABLE, STUDIES) from None
    fewest = grid[grid[N_LABELS] == grid[N_LABELS].min()].set_index(CELL)
    return found.join(fewest["mean"].rename(TEST_ACCURACY)).reset_index()


def by_epochs(runs: Runs) -> pd.DataFrame:
    """Return accuracy and loss on held-out text for each K and number of epochs.

    Losses of different K are sums of different numbers of terms: each is told above the least of
    its K.
    """
    keys = [NEGATIVES, EPOCHS]
    table = _intervals(runs, keys)
    losses = runs.lines.groupby([*keys, MODEL])[HELD_OUT_LOSS].first().groupby(keys).mean()
    above = losses - losses.groupby(NEGATIVES).transform("min")
    return table.assign(
        **{HELD_OUT_LOSS: losses.to_numpy(np.float64), ABOVE_LEAST: above.to_numpy(np.float64)}
    )


def by_share(runs: Runs) -> pd.DataFrame:
    """Return accuracies, and the gain in points, for each share of the text."""
    rows = []
    for part in sorted(set(runs.lines[PART].astype(int)), reverse=True):
        lines = runs.lines[runs.lines[PART] == part]
        epochs = int(lines[EPOCHS].dropna().iloc[0])
        of = {method: ByRow.of(group, runs.correct) for method, group in lines.groupby(METHOD)}
        of[GAIN] = (of[WORD2VEC] - of[VANILLA]) * POINTS
        for arm, by_row in of.items():
            found = by_row.interval()
            rows.append((1 / part, arm, found.mean, found.low, found.high, epochs))
    return pd.DataFrame(rows, columns=[SHARE, ARM, *INTERVAL, EPOCHS])


def fraction(share: Any) -> str:
    """Return a share of the text as it is shown: 1/16, or all."""
    return "all" if share == 1 else f"1/{round(1 / share)}"


def _intervals(runs: Runs, keys: list[str]) -> pd.DataFrame:
    """Return the columns ``keys``, mean, low, high: test accuracy of each group of runs."""
    rows = []
    for values, lines in runs.lines.groupby(keys, sort=True):
        found = ByRow.of(lines, runs.correct).interval()
        rows.append((*values, found.mean, found.low, found.high))
    return pd.DataFrame(rows, columns=[*keys, *INTERVAL]).astype(dict.fromkeys(keys, "int64"))
