"""The studies' findings as Markdown: what ``studies/README.md`` shows."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from stages.files.classifiers import N_LABELS
from stages.files.methods import TFIDF, VANILLA, VANILLA_DEFAULT, WORD2VEC, WORD2VEC_RAW
from stages.report.rule import CONTRADICTED, SIGNIFICANCE, SMALLEST_EFFECT, SUPPORTED
from stages.report.summary import Section
from studies.findings import (
    ARM,
    ARMS,
    GAIN,
    IN_DOMAIN_ARM,
    MACRO_F1,
    SHARE,
    Findings,
    fraction,
)
from studies.params import StudyParams
from studies.runs import EPOCHS, HELD_OUT_LOSS, NEGATIVES, RADIUS, TASK
from studies.verdicts import CLAIM, ESTIMATE, VERDICT

Row = dict[Any, Any]
NAMES = {
    WORD2VEC: "word2vec",
    IN_DOMAIN_ARM: "in-domain",
    VANILLA: "vanilla",
    TFIDF: "TF-IDF",
    WORD2VEC_RAW: "word2vec-raw",
    VANILLA_DEFAULT: "vanilla-default",
}
MARKS = {SUPPORTED: "+", CONTRADICTED: "-"}
OVER_ROWS = "± half the 95 % interval over runs and test rows"


def markdown(found: Findings, params: StudyParams) -> dict[str, str]:
    """Return, by name of its file, the tables of each study."""
    travel = [claims(found), accuracies(found, params), macro_f1(found, params)]
    sections = {
        "travel": travel,
        "grid": [grid(found), relations(found)],
        "epochs": [epochs(found, params)],
        "text": [text(found, params)],
    }
    return {
        name: "\n".join(section.markdown() for section in its if section.rows)
        for name, its in sections.items()
    }


def claims(found: Findings) -> Section:
    """Return in how many tasks each claim holds, and the effect in each."""
    tasks = list(dict.fromkeys(found.claims[TASK]))
    rows = []
    for claim, statement, supported, contradicted, above, tested in found.counts.itertuples(
        index=False, name=None
    ):
        of_claim = found.claims[found.claims[CLAIM] == claim].set_index(TASK)
        effects = [_effect(of_claim, task) for task in tasks]
        holds = (f"{supported} of {tested}", str(contradicted), str(above))
        rows.append((str(claim), str(statement), *holds, *effects))
    header = ("claim", "statement", "holds in", "contradicted in", "effect above smallest in")
    note = (
        f"Effects in points ({MARKS[SUPPORTED]} supported, {MARKS[CONTRADICTED]} contradicted, "
        "without a mark inconclusive), by the rule of the main experiment: each is tested against "
        f"{SMALLEST_EFFECT} points, trends (in points a doubling of the labels) against 0; "
        f"p < {SIGNIFICANCE} after Holm's correction over all tests of all tasks together. Claims "
        "3 to 5 are over SGNS models."
    )
    return Section("claims", "In how many tasks each claim holds", (*header, *tasks), rows, note)


def _effect(of_claim: pd.DataFrame, task: str) -> str:
    if task not in of_claim.index:
        return ""
    mark = MARKS.get(str(of_claim.loc[task, VERDICT]))
    effect = f"{float(str(of_claim.loc[task, ESTIMATE])):+.2f}"
    return f"{effect} ({mark})" if mark else effect


def accuracies(found: Findings, params: StudyParams) -> Section:
    """Return test accuracies of every arm."""
    rows = [
        (task, f"{labels:,}", *(_percent(of_arm[arm]) for arm in ARMS))
        for task, labels, of_arm in _by_size(found)
    ]
    header = (TASK, "labels", *(NAMES[arm] for arm in ARMS))
    note = f"Test accuracy in %, mean over {params.runs} runs, {OVER_ROWS}."
    return Section("accuracies", "Test accuracy", header, rows, note)


def macro_f1(found: Findings, params: StudyParams) -> Section:
    """Return macro-F1 of every arm, of the tasks whose classes are skewed."""
    skewed = [task for task, own in params.travel.tasks.items() if own.skewed]
    rows = [
        (task, f"{labels:,}", *(f"{100 * of_arm[arm][MACRO_F1]:.1f}" for arm in ARMS))
        for task, labels, of_arm in _by_size(found)
        if task in skewed
    ]
    header = (TASK, "labels", *(NAMES[arm] for arm in ARMS))
    note = f"Macro-F1 in %, mean over {params.runs} runs, where classes are skewed."
    return Section("macro-f1", "Macro-F1", header, rows, note)


def grid(found: Findings) -> Section:
    """Return test accuracy for every R and K at each number of labels."""
    rows = [
        (f"{labels:,}", str(radius), *map(_percent, _rows(of_k)))
        for (labels, radius), of_k in found.grid.groupby([N_LABELS, RADIUS])
    ]
    header = ("labels", "R", *_each_k(found.grid, "K = {}"))
    note = f"Test accuracy in %, word2vec, {OVER_ROWS}."
    return Section("grid", "Test accuracy over R and K", header, rows, note)


def relations(found: Findings) -> Section:
    """Return how measures of geometry go with accuracy over the cells."""
    rows = [
        (measure.replace("_", " "), f"{rank:+.2f}", f"{low:+.2f} to {high:+.2f}", str(number))
        for measure, rank, low, high, number in found.relations.itertuples(index=False, name=None)
    ]
    header = ("measure", "rank correlation", "95 % interval", "cells")
    note = (
        "Spearman's rank correlation with test accuracy at the fewest labels, over the cells of "
        "the grid; a percentile bootstrap over cells. These are many measures of few cells: a "
        "description, no test."
    )
    return Section("relations", "Geometry and accuracy", header, rows, note)


def epochs(found: Findings, params: StudyParams) -> Section:
    """Return accuracy and loss on held-out text for each K against epochs of SGNS."""
    rows = []
    for number, of_k in found.epochs.groupby(EPOCHS):
        losses = [f"{loss:.4f}" for loss in of_k[HELD_OUT_LOSS]]
        rows.append((str(number), *map(_percent, _rows(of_k)), *losses))
    header = (
        "epochs",
        *_each_k(found.epochs, "K = {}"),
        *_each_k(found.epochs, "loss, K = {}"),
    )
    note = (
        f"Test accuracy in % at {params.epochs.budget:,} labels, {params.runs} runs of "
        f"{params.epochs.models} models, R = {params.epochs.R}, {OVER_ROWS}; loss a positive on "
        "held-out text, in nats, to be compared down a column, not along a row."
    )
    return Section("epochs", "Accuracy and loss by epochs of SGNS", header, rows, note)


def text(found: Findings, params: StudyParams) -> Section:
    """Return the gain for each share of the text."""
    rows = []
    for share, of_share in found.text.groupby(SHARE):
        of_arm = {row[ARM]: row for row in _rows(of_share)}
        more = of_arm[GAIN]
        half = (more["high"] - more["low"]) / 2
        accuracy = [_percent(of_arm[arm]) for arm in (WORD2VEC, VANILLA)]
        gained = f"{more['mean']:+.2f} ± {half:.2f}"
        rows.append((fraction(share), str(more[EPOCHS]), *accuracy, gained))
    header = ("share of the text", "epochs", "word2vec", "vanilla", "gain")
    note = (
        f"Test accuracy in % at {params.text.budget:,} labels, gain in points, paired; "
        f"{params.runs} runs of {params.text.models} models, R = {params.text.R}, K = "
        f"{params.text.K}, {OVER_ROWS}. Epochs: those with the least loss on held-out text among "
        "the ones tried for the share."
    )
    return Section("text", "How much text it takes", header, rows, note)


def _each_k(table: pd.DataFrame, name: str) -> list[str]:
    return [name.format(k) for k in sorted(set(table[NEGATIVES]))]


def _by_size(found: Findings) -> Iterator[tuple[str, int, dict[str, Row]]]:
    """Yield, for each task and number of labels, the row of every arm."""
    for task, of_task in found.accuracies.groupby(TASK, sort=False):
        for labels, rows in of_task.groupby(N_LABELS):
            yield str(task), int(str(labels)), {row[ARM]: row for row in _rows(rows)}


def _rows(table: pd.DataFrame) -> list[Row]:
    return table.to_dict("records")


def _percent(row: Row) -> str:
    half = 50 * (row["high"] - row["low"])
    return f"{100 * row['mean']:.1f} ± {half:.1f}"
