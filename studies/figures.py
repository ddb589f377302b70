"""The studies' figures, in the look of the main report."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stages.report import style
from stages.report.drawing import Ends, band, end_of, label_ends, label_scale, shades
from stages.report.rule import CONTRADICTED, INCONCLUSIVE, SUPPORTED
from stages.results.classifiers import N_LABELS
from stages.results.methods import (
    TFIDF,
    TFIDF_BIGRAMS,
    VANILLA,
    VANILLA_DEFAULT,
    WORD2VEC,
    WORD2VEC_RAW,
)
from studies.findings import ABOVE_LEAST, ARM, IN_DOMAIN_ARM, SHARE, fraction
from studies.runs import EPOCHS, NEGATIVES, TASK
from studies.verdicts import CLAIM, ESTIMATE, SMALLEST, STATEMENT, VERDICT

_VERDICTS = {
    SUPPORTED: ("#0072B2", "o"),
    INCONCLUSIVE: ("#6E6E6E", "s"),
    CONTRADICTED: ("#D55E00", "X"),
}
_ARMS = {
    WORD2VEC: ("#0072B2", "-", "word2vec"),
    IN_DOMAIN_ARM: ("#009E73", "-", "in-domain"),
    VANILLA: ("#D55E00", "--", "vanilla"),
    TFIDF: ("#6E6E6E", ":", "TF-IDF"),
    TFIDF_BIGRAMS: ("#222222", ":", "with bigrams"),
    WORD2VEC_RAW: ("#56B4E9", "-.", "word2vec-raw"),
    VANILLA_DEFAULT: ("#E69F00", "-.", "vanilla-default"),
}
_PANELS_A_ROW = 5


def _panels(count: int, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels in rows, each of this height in inches."""
    columns = min(count, _PANELS_A_ROW)
    rows = -(-count // columns)
    figure = Figure(figsize=(2.3 * columns + 0.6, height * rows + 0.6), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).reshape(-1))
    for unused in axes[count:]:
        unused.remove()
    return figure, axes[:count]


def verdicts(claims: pd.DataFrame) -> Figure:
    """Draw each claim's effect and interval in every task, in the colour of its verdict."""
    tasks = list(dict.fromkeys(claims[TASK]))
    names = list(dict.fromkeys(claims[CLAIM]))
    figure, panels = _panels(len(names), 0.75 + 0.24 * len(tasks))
    for number, (axes, name) in enumerate(zip(panels, names, strict=True)):
        rows = claims[claims[CLAIM] == name]
        axes.axvline(0, color="#BBBBBB", lw=0.8)
        axes.axvline(rows[SMALLEST].iloc[0], color="#444444", lw=0.9, ls=":")
        for row in rows.to_dict("records"):
            colour, marker = _VERDICTS[row[VERDICT]]
            height, mean = tasks.index(row[TASK]), row[ESTIMATE]
            if not np.isnan(row["holm_low"]):
                axes.plot([row["holm_low"], row["holm_high"]], [height] * 2, color=colour, lw=1.2)
            axes.plot([mean], [height], marker, color=colour, ms=5)
        axes.set_yticks(
            range(len(tasks)), tasks if number % _PANELS_A_ROW == 0 else [""] * len(tasks)
        )
        axes.set_ylim(len(tasks) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.set_title(fill(f"{name}: {rows[STATEMENT].iloc[0]}", 30), fontsize=7.5)
    _name_verdicts(figure)
    return figure


def _name_verdicts(figure: Figure) -> None:
    handles = [
        mpl.lines.Line2D([], [], color=colour, marker=marker, ms=5, label=name)
        for name, (colour, marker) in _VERDICTS.items()
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles), fontsize=8)


def accuracies(table: pd.DataFrame) -> Figure:
    """Draw test accuracy by number of labels, a panel a task."""
    tasks = list(dict.fromkeys(table[TASK]))
    figure, panels = _panels(len(tasks), 3.0)
    for axes, task in zip(panels, tasks, strict=True):
        rows = table[table[TASK] == task]
        for arm, (colour, line, _) in _ARMS.items():
            of_arm = rows[rows[ARM] == arm]
            band(axes, of_arm, N_LABELS, colour, line)
        label_scale(axes, rows)
        axes.tick_params(axis="x", rotation=40, labelsize=7.5)
        style.percent(axes)
        axes.set_title(task)
    panels[0].set(xlabel="labelled examples", ylabel="test accuracy")
    handles = [
        mpl.lines.Line2D([], [], color=colour, ls=line, label=name)
        for colour, line, name in _ARMS.values()
    ]
    figure.legend(handles=handles, loc="outside right center", fontsize=8)
    return figure


def epochs(table: pd.DataFrame) -> Figure:
    """Draw accuracy, and how far held-out loss is above its least, against epochs, a line a K."""
    figure, (accuracy, loss) = style.new_figure(2, width=8.6, height=3.6)
    values = sorted(set(table[NEGATIVES].astype(int)))
    ends: tuple[Ends, Ends] = ({}, {})
    for value, colour in zip(values, shades(len(values)), strict=True):
        rows = table[table[NEGATIVES] == value]
        band(accuracy, rows, EPOCHS, colour)
        accuracy.plot(rows[EPOCHS], rows["mean"], "o", ms=4, color=colour)
        loss.plot(rows[EPOCHS], rows[ABOVE_LEAST], "o-", ms=4, color=colour)
        ends[0][f"K = {value}"] = end_of(rows, EPOCHS, colour)
        ends[1][f"K = {value}"] = (
            float(rows[EPOCHS].iloc[-1]),
            float(rows[ABOVE_LEAST].iloc[-1]),
            colour,
        )
    for axes, of_axes in zip((accuracy, loss), ends, strict=True):
        _log_ticks(axes, sorted(set(table[EPOCHS].astype(int))))
        axes.set_xlabel("epochs of SGNS")
        label_ends(axes, of_axes)
    style.percent(accuracy)
    accuracy.set_ylabel("test accuracy")
    loss.set_ylabel("held-out loss above its least, nats")
    return figure


def text(table: pd.DataFrame) -> Figure:
    """Draw the accuracy of both arms and the gain against the share of the text."""
    figure, (accuracy, gain) = style.new_figure(2, width=8.6, height=3.6)
    ends = {}
    for arm in (WORD2VEC, VANILLA):
        rows = table[table[ARM] == arm]
        band(accuracy, rows, SHARE, style.COLOURS[arm], style.LINES[arm])
        accuracy.plot(rows[SHARE], rows["mean"], "o", ms=4, color=style.COLOURS[arm])
        ends[arm] = end_of(rows, SHARE, style.COLOURS[arm])
    gains = table[table[ARM] == "gain"]
    band(gain, gains, SHARE, style.COLOURS[WORD2VEC])
    gain.plot(gains[SHARE], gains["mean"], "o", ms=4, color=style.COLOURS[WORD2VEC])
    gain.axhline(0, color="#888888", lw=0.8)
    shares = sorted(set(table[SHARE]))
    for axes in (accuracy, gain):
        _log_ticks(axes, shares, list(map(fraction, shares)))
        axes.set_xlabel("share of the text's rows")
    style.percent(accuracy)
    accuracy.set_ylabel("test accuracy")
    gain.set_ylabel("word2vec - vanilla, points")
    label_ends(accuracy, ends)
    return figure


def _log_ticks(axes: Axes, values: Sequence[float], names: Sequence[str] | None = None) -> None:
    axes.set_xscale("log")
    axes.set_xticks(values, names or [str(value) for value in values])
    axes.minorticks_off()
