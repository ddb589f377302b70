"""What the studies' runs say: the tables that the figures are drawn from and the texts tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.core.console import say
from stages.report.crossed import ByRow
from stages.report.gains import POINTS
from stages.report.tables import write_table
from stages.results.classifiers import METHOD, N_LABELS, TEST_MACRO_F1
from stages.results.methods import (
    TFIDF,
    TFIDF_BIGRAMS,
    VANILLA,
    VANILLA_DEFAULT,
    WORD2VEC,
    WORD2VEC_RAW,
)
from stages.vectors.vectors import MODEL
from studies.params import TravelParams
from studies.runs import (
    EPOCHS,
    HELD_OUT_LOSS,
    IN_DOMAIN,
    NEGATIVES,
    PART,
    PRETRAIN,
    RADIUS,
    RESULTS,
    TASK,
    VECTORS,
    Runs,
    read_runs,
)
from studies.verdicts import claims_by_task, counts, lines_at, sizes

HOME, EPOCHS_STUDY, TEXT_STUDY = "travel-home", "epochs", "text"  # names of results
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
    TFIDF_BIGRAMS: (TFIDF_BIGRAMS, PRETRAIN),
    WORD2VEC_RAW: (WORD2VEC_RAW, PRETRAIN),
    VANILLA_DEFAULT: (VANILLA_DEFAULT, PRETRAIN),
}
CELL = [RADIUS, NEGATIVES]


@dataclass(frozen=True)
class Travel:
    """What was found on each task; means have 95 % intervals over runs and test rows.

    claims: a row a task and test. counts: a row a claim: how many tasks it holds in.
    accuracies: a row a task, number of labels and arm. cells: a row a task, R and K, at its fewest
    labels.
    """

    claims: pd.DataFrame
    counts: pd.DataFrame
    accuracies: pd.DataFrame
    cells: pd.DataFrame


@dataclass(frozen=True)
class Findings:
    """Every table; None of a study that has not been run.

    epochs: a row a K and number of epochs. text: a row a share and arm.
    """

    travel: Travel | None
    epochs: pd.DataFrame | None
    text: pd.DataFrame | None

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by name."""
        found = dict(vars(self.travel)) if self.travel else {}
        more = {EPOCHS_STUDY: self.epochs, TEXT_STUDY: self.text}
        return found | {name: table for name, table in more.items() if table is not None}

    def write(self, folder: Path) -> None:
        """Write each table as ``<name>.csv``."""
        for name, table in self.tables().items():
            write_table(folder / f"{name}.csv", table)


def find(travel: TravelParams) -> Findings:
    """Read the results that there are, and return what they say."""
    of_task = tasks(travel)
    return Findings(
        travel=over_tasks(of_task) if of_task else None,
        epochs=by_epochs(read_runs(EPOCHS_STUDY)) if has_results(EPOCHS_STUDY) else None,
        text=by_share(read_runs(TEXT_STUDY)) if has_results(TEXT_STUDY) else None,
    )


def has_results(name: str) -> bool:
    """Whether a study has been run; tells the user where it has not."""
    found = (RESULTS / f"{name}.csv").exists()
    if not found:
        say(f"studies: no results of {name} yet; left out")
    return found


def tasks(travel: TravelParams) -> dict[str, Runs]:
    """Return the runs of each task that has been run, the main experiment's first."""
    found = {}
    if has_results(HOME):
        home = read_runs(HOME)
        found[str(home.lines[TASK].iloc[0])] = home
    for task in travel.tasks:
        if has_results(f"travel/{task}"):
            near = [f"in-domain/{task}"] if has_results(f"in-domain/{task}") else []
            found[task] = Runs.joined([read_runs(name) for name in (f"travel/{task}", *near)])
    return found


def over_tasks(of_task: Mapping[str, Runs]) -> Travel:
    """Return what the runs of some tasks say."""
    claims = claims_by_task(of_task)
    return Travel(claims, counts(claims), accuracies(of_task), cells(of_task))


def accuracies(of_task: Mapping[str, Runs]) -> pd.DataFrame:
    """Return each arm's test accuracy, and macro-F1, at each number of labels."""
    rows = []
    for task, runs in of_task.items():
        for labels in sizes(runs):
            for arm, (method, text) in ARMS.items():
                lines = lines_at(runs, method, labels, text)
                if lines.empty:
                    continue
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
        fewest = lines[N_LABELS] == sizes(runs)[0]
        table = _intervals(runs.where(from_main_text & fewest), [N_LABELS, *CELL])
        table.insert(0, TASK, task)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


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
