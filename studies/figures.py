"""The studies' figures, in the look of the main report."""

import math
from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from stages.report import style
from stages.report.drawing import Ends, band, end_of, label_ends, label_scale, shades, value_scale
from stages.report.rule import CONTRADICTED, INCONCLUSIVE, SUPPORTED
from stages.results.classifiers import N_LABELS
from stages.results.methods import VANILLA, WORD2VEC
from studies.findings import ARM, ARMS, GAIN, SHARE, fraction
from studies.runs import EPOCHS, TASK

_VERDICTS = {
    SUPPORTED: ("#0072B2", "o"),
    INCONCLUSIVE: ("#6E6E6E", "s"),
    CONTRADICTED: ("#D55E00", "X"),
}
_ARMS = (  # as in ARMS
    ("#0072B2", "-", "word2vec"),
    ("#009E73", "-", "in-domain"),
    ("#D55E00", "--", "vanilla"),
    ("#6E6E6E", ":", "TF-IDF"),
    ("#222222", ":", "with bigrams"),
    ("#56B4E9", "-.", "word2vec-raw"),
    ("#E69F00", "-.", "vanilla-default"),
)
_PANELS_A_ROW = 5


def _panels(count: int, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels in rows, each of this height in inches."""
    columns = min(count, _PANELS_A_ROW)
    rows = -(-count // columns)
    size = (2.3 * columns + 0.6, height * rows + 0.6)
    figure, axes = style.new_figure(columns * rows, *size, rows=rows)
    for unused in axes[count:]:
        unused.remove()
    return figure, axes[:count]


def verdicts(claims: pd.DataFrame) -> Figure:
    """Draw each claim's effect and interval in every task, in the colour of its verdict."""
    tasks = list(claims[TASK].unique())
    by_claim = claims.groupby("claim", sort=False)
    figure, panels = _panels(len(by_claim), 0.75 + 0.24 * len(tasks))
    for number, (axes, (name, rows)) in enumerate(zip(panels, by_claim, strict=True)):
        axes.axvline(0, color="#BBBBBB", lw=0.8)
        axes.axvline(rows["smallest"].iloc[0], color="#444444", lw=0.9, ls=":")
        for row in rows.to_dict("records"):
            _effect(axes, row, tasks.index(row[TASK]))
        at_left = number % _PANELS_A_ROW == 0
        axes.set_yticks(range(len(tasks)), tasks if at_left else [""] * len(tasks))
        axes.set_ylim(len(tasks) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.set_title(fill(f"{name}: {rows['statement'].iloc[0]}", 30), fontsize=7.5)
    marks = [
        Line2D([], [], color=colour, marker=marker, ms=5, label=name)
        for name, (colour, marker) in _VERDICTS.items()
    ]
    figure.legend(handles=marks, loc="outside upper right", ncols=len(marks), fontsize=8)
    return figure


def _effect(axes: Axes, row: dict[Any, Any], height: int) -> None:
    colour, marker = _VERDICTS[row["verdict"]]
    if not math.isnan(row["holm_low"]):
        axes.plot([row["holm_low"], row["holm_high"]], [height] * 2, color=colour, lw=1.2)
    axes.plot([row["estimate"]], [height], marker, color=colour, ms=5)


def accuracies(table: pd.DataFrame) -> Figure:
    """Draw test accuracy by number of labels, a panel a task."""
    by_task = table.groupby(TASK, sort=False)
    figure, panels = _panels(len(by_task), 3.0)
    for axes, (task, rows) in zip(panels, by_task, strict=True):
        for arm, (colour, line, _) in zip(ARMS, _ARMS, strict=True):
            if arm in set(rows[ARM]):  # in-domain vectors may not have been trained
                band(axes, rows[rows[ARM] == arm], N_LABELS, colour, line)
        label_scale(axes, rows)
        axes.tick_params(axis="x", rotation=40, labelsize=7.5)
        style.percent(axes)
        axes.set_title(str(task))
    panels[0].set(xlabel="labelled examples", ylabel="test accuracy")
    lines = [Line2D([], [], color=colour, ls=line, label=name) for colour, line, name in _ARMS]
    figure.legend(handles=lines, loc="outside right center", fontsize=8)
    return figure


def epochs(table: pd.DataFrame) -> Figure:
    """Draw accuracy, and how far held-out loss is above its least, against epochs, a line a K."""
    figure, (accuracy, loss) = style.new_figure(2, width=8.6, height=3.6)
    by_k = table.groupby("K")
    ends: tuple[Ends, Ends] = ({}, {})
    for (value, rows), colour in zip(by_k, shades(len(by_k)), strict=True):
        name = f"K = {value}"
        ends[0][name] = band(accuracy, rows, EPOCHS, colour, points=True)
        loss.plot(rows[EPOCHS], rows["above_least"], "o-", ms=4, color=colour)
        ends[1][name] = end_of(rows.assign(mean=rows["above_least"]), EPOCHS, colour)
    for axes, of_axes in zip((accuracy, loss), ends, strict=True):
        value_scale(axes, sorted(set(table[EPOCHS].astype(int))))
        axes.set_xlabel("epochs of SGNS")
        label_ends(axes, of_axes)
    style.percent(accuracy)
    accuracy.set_ylabel("test accuracy")
    loss.set_ylabel("held-out loss above its least, nats")
    return figure


def text(table: pd.DataFrame) -> Figure:
    """Draw the accuracy of both arms and the gain against the share of the text."""
    figure, (accuracy, gain) = style.new_figure(2, width=8.6, height=3.6)
    of = dict(list(table.groupby(ARM)))
    ends = {
        arm: band(accuracy, of[arm], SHARE, style.COLOURS[arm], style.LINES[arm], points=True)
        for arm in (WORD2VEC, VANILLA)
    }
    band(gain, of[GAIN], SHARE, style.COLOURS[WORD2VEC], points=True)
    gain.axhline(0, color="#888888", lw=0.8)
    shares = sorted(set(table[SHARE]))
    for axes in (accuracy, gain):
        value_scale(axes, shares, list(map(fraction, shares)))
        axes.set_xlabel("share of the text's rows")
    style.percent(accuracy)
    accuracy.set_ylabel("test accuracy")
    gain.set_ylabel("word2vec - vanilla, points")
    label_ends(accuracy, ends)
    return figure
