"""The studies' findings as Markdown: what the pages about them show."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from stages.report.rule import CONTRADICTED, SIGNIFICANCE, SMALLEST_EFFECT, SUPPORTED
from stages.report.summary import Section
from stages.results.classifiers import N_LABELS
from stages.results.methods import (
    TFIDF,
    TFIDF_BIGRAMS,
    VANILLA,
    VANILLA_DEFAULT,
    WORD2VEC,
    WORD2VEC_RAW,
)
from studies.findings import (
    ARM,
    ARMS,
    GAIN,
    IN_DOMAIN_ARM,
    MACRO_F1,
    SHARE,
    Findings,
    Travel,
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
    TFIDF_BIGRAMS: "TF-IDF and bigrams",
    WORD2VEC_RAW: "word2vec-raw",
    VANILLA_DEFAULT: "vanilla-default",
}
MARKS = {SUPPORTED: "+", CONTRADICTED: "-"}
OVER_ROWS = "± half the 95 % interval over runs and test rows"


def markdown(found: Findings, params: StudyParams) -> dict[str, str]:
    """Return, by name of its file, the tables of each study that has been run.

    ``counts`` are for the page of results, the others for that of the studies.
    """
    sections = {}
    if found.travel:
        of_travel = (claims, accuracies, macro_f1, cells)
        sections["travel"] = [tell(found.travel, params) for tell in of_travel]
        sections["counts"] = [in_how_many(found.travel)]
    if found.epochs is not None:
        sections["epochs"] = [epochs(found.epochs, params)]
    if found.text is not None:
        sections["text"] = [text(found.text, params)]
    return {
        name: "\n".join(section.markdown() for section in its if section.rows)
        for name, its in sections.items()
    }


def claims(found: Travel, _params: StudyParams) -> Section:
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


def in_how_many(found: Travel) -> Section:
    """Return in how many tasks each claim holds, and nothing else."""
    rows = [
        (str(statement), f"{supported} of {tested}", f"{contradicted} of {tested}")
        for _, statement, supported, contradicted, _, tested in found.counts.itertuples(
            index=False, name=None
        )
    ]
    tasks = ", ".join(dict.fromkeys(found.claims[TASK]))
    note = (
        f"Tasks: {tasks}. Where a claim neither holds nor is contradicted, the runs and test rows "
        "cannot tell."
    )
    header = ("claim", "holds in", "contradicted in")
    return Section("counts", "In how many tasks each claim holds", header, rows, note)


def _effect(of_claim: pd.DataFrame, task: str) -> str:
    if task not in of_claim.index:
        return ""
    mark = MARKS.get(str(of_claim.loc[task, VERDICT]))
    effect = f"{float(str(of_claim.loc[task, ESTIMATE])):+.2f}"
    return f"{effect} ({mark})" if mark else effect


def accuracies(found: Travel, params: StudyParams) -> Section:
    """Return test accuracies of every arm."""
    rows = [
        (task, f"{labels:,}", *(_percent(of_arm[arm]) if arm in of_arm else "" for arm in ARMS))
        for task, labels, of_arm in _by_size(found)
    ]
    header = (TASK, "labels", *(NAMES[arm] for arm in ARMS))
    note = f"Test accuracy in %, mean over {params.runs} runs, {OVER_ROWS}."
    return Section("accuracies", "Test accuracy", header, rows, note)


def macro_f1(found: Travel, params: StudyParams) -> Section:
    """Return macro-F1 of every arm, of the tasks whose classes are skewed."""
    skewed = [task for task, own in params.travel.tasks.items() if own.skewed]
    rows = [
        (task, f"{labels:,}", *(_f1(of_arm[arm]) if arm in of_arm else "" for arm in ARMS))
        for task, labels, of_arm in _by_size(found)
        if task in skewed
    ]
    header = (TASK, "labels", *(NAMES[arm] for arm in ARMS))
    note = f"Macro-F1 in %, mean over {params.runs} runs, where classes are skewed."
    return Section("macro-f1", "Macro-F1", header, rows, note)


def cells(found: Travel, params: StudyParams) -> Section:
    """Return accuracy at the fewest labels from vectors of each R and K."""
    values = params.travel.K
    rows = []
    for (task, labels, radius), of_k in found.cells.groupby([TASK, N_LABELS, RADIUS], sort=False):
        of = {row[NEGATIVES]: _percent(row) for row in _rows(of_k)}
        shown = [of.get(value, "") for value in values]
        rows.append((str(task), f"{labels:,}", str(radius), *shown))
    header = (TASK, "labels", "R", *(f"K = {value}" for value in values))
    note = (
        f"Test accuracy in %, word2vec, {params.runs} runs, {OVER_ROWS}. Of "
        f"{', '.join(params.travel.trained)} there are {params.travel.models} models, of the "
        "others those of the main experiment."
    )
    return Section("cells", "Test accuracy over R and K", header, rows, note)


def epochs(found: pd.DataFrame, params: StudyParams) -> Section:
    """Return accuracy and loss on held-out text for each K against epochs of SGNS."""
    rows = []
    for number, of_k in found.groupby(EPOCHS):
        losses = [f"{loss:.4f}" for loss in of_k[HELD_OUT_LOSS]]
        rows.append((str(number), *map(_percent, _rows(of_k)), *losses))
    header = (
        "epochs",
        *_each_k(found, "K = {}"),
        *_each_k(found, "loss, K = {}"),
    )
    note = (
        f"Test accuracy in % at {params.epochs.budget:,} labels, {params.runs} runs, R = "
        f"{params.epochs.R}, {OVER_ROWS}. Models: {params.epochs.models} each, at the main "
        "experiment's number of epochs all of its own; where there is one, the intervals do not "
        "hold that another would differ. Loss a positive on held-out text, in nats, to be "
        "compared down a column, not along a row."
    )
    return Section("epochs", "Accuracy and loss by epochs of SGNS", header, rows, note)


def text(found: pd.DataFrame, params: StudyParams) -> Section:
    """Return the gain for each share of the text."""
    rows = []
    for share, of_share in found.groupby(SHARE):
        of_arm = {row[ARM]: row for row in _rows(of_share)}
        more = of_arm[GAIN]
        half = (more["high"] - more["low"]) / 2
        accuracy = [_percent(of_arm[arm]) for arm in (WORD2VEC, VANILLA)]
        gained = f"{more['mean']:+.2f} ± {half:.2f}"
        rows.append((fraction(share), str(more[EPOCHS]), *accuracy, gained))
    header = ("share of the text", "epochs", "word2vec", "vanilla", "gain")
    note = (
        f"Test accuracy in % at {params.text.budget:,} labels, gain in points, paired; "
        f"{params.runs} runs of {params.text.models} models, of all text the main experiment's; "
        f"{OVER_ROWS}. Epochs: those with the least loss on held-out text among the ones tried "
        "for the share."
    )
    return Section("text", "How much text it takes", header, rows, note)


def _each_k(table: pd.DataFrame, name: str) -> list[str]:
    return [name.format(k) for k in sorted(set(table[NEGATIVES]))]


def _by_size(found: Travel) -> Iterator[tuple[str, int, dict[str, Row]]]:
    """Yield, for each task and number of labels, the row of every arm."""
    for task, of_task in found.accuracies.groupby(TASK, sort=False):
        for labels, rows in of_task.groupby(N_LABELS):
            yield str(task), int(str(labels)), {row[ARM]: row for row in _rows(rows)}


def _rows(table: pd.DataFrame) -> list[Row]:
    return table.to_dict("records")


def _f1(row: Row) -> str:
    return f"{100 * row[MACRO_F1]:.1f}"


def _percent(row: Row) -> str:
    half = 50 * (row["high"] - row["low"])
    return f"{100 * row['mean']:.1f} ± {half:.1f}"
