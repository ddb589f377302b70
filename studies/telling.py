"""The studies' findings as Markdown: what the pages about them show."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from stages.report.rule import CONTRADICTED, SIGNIFICANCE, SMALLEST_EFFECT, SUPPORTED
from stages.report.section import Section
from stages.report.statistics import Interval
from stages.results.classifiers import N_LABELS, UNKNOWN_SHARE
from stages.results.methods import TFIDF, TFIDF_BIGRAMS, VANILLA, WORD2VEC
from studies.findings import (
    ARM,
    ARMS,
    DIFFERENCE,
    GAIN,
    INTERVAL,
    SHARE,
    Findings,
    fraction,
)
from studies.params import StudyParams
from studies.runs import EPOCHS, SUBWORDS, TASK, TOKENS, WORDS

Row = Mapping[Any, Any]
NAMES = {TFIDF: "TF-IDF", TFIDF_BIGRAMS: "TF-IDF and bigrams"}  # of other arms, their own
MARKS = {SUPPORTED: " (+)", CONTRADICTED: " (-)"}
OVER_ROWS = "± half the 95 % interval over runs and test rows"


def markdown(found: Findings, params: StudyParams) -> dict[str, str]:
    """Return, by name of its file, the tables of each study that has been run.

    ``counts`` are for the page of results, the others for that of the studies.
    """
    sections = {}
    if "claims" in found:
        of_travel = (claims, accuracies, macro_f1, cells)
        sections["travel"] = [tell(found, params) for tell in of_travel]
        sections["counts"] = [in_how_many(found)]
    if "epochs" in found:
        sections["epochs"] = [epochs(found["epochs"], params)]
    if "text" in found:
        sections["text"] = [text(found["text"], params)]
    if SUBWORDS in found:
        sections[SUBWORDS] = [subwords(found[SUBWORDS], params)]
    return {
        name: "\n".join(section.markdown() for section in its if section.rows)
        for name, its in sections.items()
    }


def claims(found: Findings, _params: StudyParams) -> Section:
    """Return in how many tasks each claim holds, and the effect in each."""
    tasks = list(found["claims"][TASK].unique())
    effect = _table(found["claims"], ["claim"], TASK, _effect)
    rows = [
        (
            *(row["claim"], row["statement"], f"{row[SUPPORTED]} of {row['tasks']}"),
            *(str(row[CONTRADICTED]), str(row["above"])),
            *(effect[row["claim"],].get(task, "") for task in tasks),
        )
        for row in found["counts"].to_dict("records")
    ]
    header = ("claim", "statement", "holds in", "contradicted in", "effect above smallest in")
    note = (
        "Effects in points (+ supported, - contradicted, "
        "without a mark inconclusive), by the rule of the main experiment: each is tested against "
        f"{SMALLEST_EFFECT} points, trends (in points a doubling of the labels) against 0; "
        f"p < {SIGNIFICANCE} after Holm's correction over all tests of all tasks together. Claims "
        "3 to 5 are over SGNS models."
    )
    return Section("claims", "In how many tasks each claim holds", (*header, *tasks), rows, note)


def in_how_many(found: Findings) -> Section:
    """Return in how many tasks each claim holds, and nothing else."""
    rows = [
        (
            row["statement"],
            *(f"{row[name]} of {row['tasks']}" for name in (SUPPORTED, CONTRADICTED)),
        )
        for row in found["counts"].to_dict("records")
    ]
    note = (
        f"Tasks: {', '.join(found['claims'][TASK].unique())}. Where a claim neither holds nor is "
        "contradicted, the runs and test rows cannot tell."
    )
    header = ("claim", "holds in", "contradicted in")
    return Section("counts", "In how many tasks each claim holds", header, rows, note)


def accuracies(found: Findings, params: StudyParams) -> Section:
    """Return test accuracies of every arm."""
    note = f"Test accuracy in %, mean over {params.runs} runs, {OVER_ROWS}."
    return _of_arms("Test accuracy", found["accuracies"], _percent, note)


def macro_f1(found: Findings, params: StudyParams) -> Section:
    """Return macro-F1 of every arm, of the tasks whose classes are skewed."""
    skewed = [task for task, own in params.travel.tasks.items() if own.skewed]
    table = found["accuracies"][found["accuracies"][TASK].isin(skewed)]
    note = f"Macro-F1 in %, mean over {params.runs} runs, where classes are skewed."
    return _of_arms("Macro-F1", table, lambda row: f"{100 * row['macro_f1']:.1f}", note)


def cells(found: Findings, params: StudyParams) -> Section:
    """Return accuracy at the fewest labels from vectors of each R and K."""
    note = (
        f"Test accuracy in %, word2vec, {params.runs} runs, {OVER_ROWS}. Of "
        f"{', '.join(params.travel.trained)} there are {params.travel.models} models, of the "
        "others those of the main experiment."
    )
    of = _table(found["cells"], [TASK, N_LABELS, "R"], "K", _percent)
    values = params.travel.K
    rows = [
        (task, f"{labels:,}", str(radius), *(at.get(value, "") for value in values))
        for (task, labels, radius), at in of.items()
    ]
    header = (TASK, "labels", "R", *(f"K = {value}" for value in values))
    return Section("cells", "Test accuracy over R and K", header, rows, note)


def epochs(found: pd.DataFrame, params: StudyParams) -> Section:
    """Return accuracy and loss on held-out text for each K against epochs of SGNS."""
    accuracy = _table(found, [EPOCHS], "K", _percent)
    loss = _table(found, [EPOCHS], "K", lambda row: f"{row['held_out_loss']:.4f}")
    rows = [
        (str(number), *accuracy[number,].values(), *loss[number,].values()) for (number,) in loss
    ]
    values = sorted(set(found["K"]))
    header = ("epochs", *(f"{what}K = {k}" for what in ("", "loss, ") for k in values))
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
    accuracy = _table(found, [SHARE, EPOCHS], ARM, _percent)
    gain = _table(found, [SHARE, EPOCHS], ARM, lambda row: _interval(row, 1).told("+.2f"))
    rows = [
        (fraction(key[0]), str(key[1]), of[WORD2VEC], of[VANILLA], gain[key][GAIN])
        for key, of in accuracy.items()
    ]
    header = ("share of the text", "epochs", "word2vec", "vanilla", "gain")
    note = (
        f"Test accuracy in % at {params.text.budget:,} labels, gain in points, paired; "
        f"{params.runs} runs of {params.text.models} models, of all text the main experiment's; "
        f"{OVER_ROWS}. Epochs: those with the least loss on held-out text among the ones tried "
        "for the share."
    )
    return Section("text", "How much text it takes", header, rows, note)


def subwords(found: pd.DataFrame, params: StudyParams) -> Section:
    """Return accuracies on words and on subwords, and what the change of tokens is worth."""
    kinds, arms = (WORDS, SUBWORDS), (WORD2VEC, VANILLA)
    differs = found[TOKENS] == DIFFERENCE
    accuracy = _table(found[~differs], [N_LABELS, ARM], TOKENS, _percent)
    points = _table(found[differs], [N_LABELS], ARM, lambda row: _interval(row, 1).told("+.2f"))
    rows = [
        (
            f"{labels:,}",
            *(accuracy[labels, arm][kind] for arm in arms for kind in kinds),
            *(of[arm] for arm in arms),
        )
        for (labels,), of in points.items()
    ]
    unknown = found[~differs].groupby(TOKENS)[UNKNOWN_SHARE].mean()
    header = (
        *("labels", *(f"{arm}, {kind}" for arm in arms for kind in kinds)),
        *(f"difference, {arm}" for arm in arms),
    )
    note = (
        f"Test accuracy in %, difference in points, paired; {params.runs} runs, {OVER_ROWS}. "
        f"{params.subwords.pieces:,} subwords. Unknown in the test rows: "
        + ", ".join(f"{100 * unknown[kind]:.2f} % of {kind}" for kind in kinds)
        + "."
    )
    return Section(SUBWORDS, "Words and subwords", header, rows, note)


def _of_arms(title: str, table: pd.DataFrame, tell: Callable[[Row], str], note: str) -> Section:
    rows = [
        (task, f"{labels:,}", *(of.get(arm, "") for arm in ARMS))
        for (task, labels), of in _table(table, [TASK, N_LABELS], ARM, tell).items()
    ]
    header = (TASK, "labels", *(NAMES.get(arm, arm) for arm in ARMS))
    return Section(title.lower().replace(" ", "-"), title, header, rows, note)


def _table(
    table: pd.DataFrame, keys: Sequence[str], column: str, tell: Callable[[Row], str]
) -> dict[Any, dict[Hashable, str]]:
    """Return what is told of each row: by the values of keys, and that of a column."""
    return {
        key: {row[column]: tell(row) for row in group.to_dict("records")}
        for key, group in table.groupby(list(keys), sort=False)
    }


def _effect(row: Row) -> str:
    return f"{row['estimate']:+.2f}{MARKS.get(row['verdict'], '')}"


def _percent(row: Row) -> str:
    return _interval(row, 100).told(".1f")


def _interval(row: Row, factor: int) -> Interval:
    return Interval(*(factor * row[name] for name in INTERVAL))
