"""Figures of the results, each drawn from what was found."""

from collections.abc import Mapping, Sequence
from itertools import product

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stages.check.whole import Params
from stages.report import drawing, style, tables
from stages.report.findings import Findings
from stages.results import classifiers
from stages.results.classifiers import BUDGET, EPOCH, METHOD, N_LABELS
from stages.results.methods import TFIDF, VANILLA, WORD2VEC

ATTENDED = 12  # words of each class in the figure
IN_A_ROW = 6  # classes; of more, the figure shows
OF_MANY = 8  # in two rows, those whose words occur most often
ROOM_FOR_NAMES = 1.9  # left of the first point, as a factor of the x axis


def accuracy_by_labels(found: Findings) -> Figure:
    """Draw all methods' test accuracy, and the paired gain over vanilla below it."""
    figure, (accuracy, gain) = style.new_figure(2, height=5.6, width=6.8, rows=2, sharex=True)
    ends = {}
    for method in (WORD2VEC, VANILLA, TFIDF):
        table = found.intervals.accuracy_of(method)
        colour, line = style.COLOURS[method], style.LINES[method]
        short = "TF-IDF" if method == TFIDF else method
        ends[short] = drawing.band(accuracy, table, N_LABELS, colour, line, points=True)
    style.percent(accuracy)
    gains = found.intervals.gain_of(WORD2VEC)
    drawing.band(gain, gains, N_LABELS, style.COLOURS[WORD2VEC], points=True)
    gain.axhline(0, color="#888888", lw=0.8)
    drawing.label_scale(gain, gains)
    accuracy.set(ylabel="test accuracy")
    gain.set(xlabel="labelled examples", ylabel="word2vec - vanilla, points")
    drawing.label_ends(accuracy, ends)
    return figure


def other_vectors(found: Findings, params: Params) -> Figure:
    """Draw the gain over vanilla by number of labels, for word2vec and each of its variants."""
    figure, (axes,) = style.new_figure(1, width=6.4, height=3.8)
    measured = found.intervals.accuracy
    names = [WORD2VEC, *(name for name in params.variants if name in set(measured[METHOD]))]
    ends = {}
    for name, colour in zip(names, style.cycle(len(names)), strict=True):
        gains = found.intervals.gain_of(name)
        drawing.band(axes, gains, N_LABELS, colour, points=True)
        ends[name] = (float(gains[N_LABELS].iloc[0]), float(gains["mean"].iloc[0]), colour)
    axes.axhline(0, color="#888888", lw=0.8)
    axes.set(xlabel="labelled examples", ylabel="test accuracy - vanilla's, points")
    drawing.label_scale(axes, measured)
    axes.set_xlim(left=measured[N_LABELS].min() / ROOM_FOR_NAMES)
    drawing.label_ends(axes, ends, left=True)
    return figure


def parts(found: Findings) -> Figure:
    """Draw the usual gain and its parts as bars, a panel for each number of labels."""
    table = found.parts
    sizes = sorted(set(table[N_LABELS].astype(int)))
    figure, panels = style.new_figure(len(sizes), width=8.6, height=3, sharex=True, sharey=True)
    names = (tables.TOTAL, *tables.PARTS)
    colours = ("#6E6E6E", *style.cycle(len(tables.PARTS)))
    for axes, labels in zip(panels, sizes, strict=True):
        rows = table[table[N_LABELS] == labels].set_index(tables.PART).loc[list(names)]
        mean, errors = drawing.bars(rows)
        axes.barh(range(len(names)), mean, color=colours, height=0.6)
        axes.errorbar(mean, range(len(names)), xerr=errors, fmt="none", ecolor="black", lw=1)
        axes.axvline(0, color="#888888", lw=0.8)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_title(f"{labels:,} labels")
    panels[0].set_yticks(range(len(names)), ["usual gain", *tables.PARTS])
    panels[0].invert_yaxis()
    panels[0].set_xlabel("accuracy points")
    bounds = table[["mean", "low", "high"]]
    low, high = min(bounds.min().min(), 0), max(bounds.max().max(), 0)
    room = 0.05 * (high - low or 1)  # or 1: all of them may be 0
    panels[0].set_xlim(low - room, high + room)
    return figure


def attention(found: Findings) -> Figure:
    """Draw, for each class, the words it looks at most: attention over an equal share of it."""
    largest, classes, all_classes = _attended(found)
    many = all_classes > IN_A_ROW
    count, height, lines = (OF_MANY, 6.8, 2) if many else (max(len(classes), 1), 3.4, 1)
    longest = drawing.LONGEST // 2 if many else drawing.LONGEST
    figure, panels = style.new_figure(count, width=8.6, height=height, rows=lines)
    for axes in panels[len(classes) :]:
        axes.set_axis_off()
    for axes, name, colour in zip(panels, classes, style.cycle(len(classes)), strict=False):
        words = largest[largest[classifiers.CLASS] == name].head(ATTENDED)[::-1]
        axes.barh(range(len(words)), words[classifiers.SHARE], color=colour, height=0.7)
        labels = [drawing.drawable(word, longest) for word in words[classifiers.WORD]]
        axes.set_yticks(range(len(words)), labels)
        axes.tick_params(axis="y", length=0, labelsize=8)
        axes.axvline(1, color="#888888", lw=0.8)
        axes.grid(visible=False, axis="y")
        size = 8 if many else mpl.rcParams["axes.titlesize"]
        axes.set_title(drawing.drawable(name), fontsize=size)
    lowest = panels[-len(panels) // lines]
    lowest.set_xlabel("attention (1: an equal share of the text)")
    return figure


def left_out_of_attention(found: Findings) -> str:
    """Say of how many classes that figure shows which; nothing if it shows all."""
    _, classes, all_classes = _attended(found)
    if len(classes) == all_classes:
        return ""
    return f" Of {all_classes} classes, the {len(classes)} whose words occur most often."


def _attended(found: Findings) -> tuple[pd.DataFrame, list[str], int]:
    """Return the rows that are drawn from, the classes drawn, and how many there are."""
    rows = found.tables.attention
    largest = rows[(rows[BUDGET] == rows[BUDGET].max()) & (rows[METHOD] == WORD2VEC)]
    seen = largest.groupby(classifiers.CLASS, sort=False)[classifiers.OCCURRENCES].sum()
    many = len(seen) > IN_A_ROW
    classes = [name for name in seen.index if not many or name in seen.nlargest(OF_MANY)]
    return largest, classes, len(seen)


def curves_at(found: Findings, budget: int) -> Figure:
    """Draw validation accuracy and loss by epoch, word2vec against vanilla."""
    return _curves(found, budget, (WORD2VEC, VANILLA), {})


def curves_by(found: Findings, params: Params, axis: str) -> Figure:
    """Draw the same by R or by K, the other one fixed, with vanilla for reference."""
    other, fixed = tables.OTHER_AXIS[axis], tables.fixed_value(params, axis)
    values = tables.along_axis(params, axis)
    cells = {f"{axis} = {value}": {axis: value, other: fixed} for value in values}
    figure = _curves(found, min(params.ablation.budgets), (VANILLA,), cells)
    figure.axes[0].set_title(f"validation accuracy ({other} = {fixed})")
    return figure


def _curves(
    found: Findings, budget: int, arms: Sequence[str], cells: Mapping[str, Mapping[str, int]]
) -> Figure:
    """Draw a panel for each validation score: lines of cells of the grid, and of arms."""
    figure, panels = style.new_figure(2)
    for axes, (score, curves) in zip(panels, found.intervals.curves.items(), strict=True):
        ends: drawing.Ends = {}
        for (name, cell), colour in zip(cells.items(), drawing.shades(len(cells)), strict=True):
            of_cell = {tables.EXPERIMENT: tables.GRID, BUDGET: budget, **cell}
            ends[name] = drawing.band(axes, tables.rows_with(curves, of_cell), EPOCH, colour)
        for arm in arms:
            table = found.intervals.curve_of(score, budget, arm)
            ends[arm] = drawing.band(axes, table, EPOCH, style.COLOURS[arm], style.LINES[arm])
        if score == classifiers.VALIDATION_ACCURACY:
            style.percent(axes)
        unit = " (nats)" if score == classifiers.VALIDATION_LOSS else ""
        axes.set(title=f"{score.replace('_', ' ')}{unit}", xlabel=EPOCH)
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
        drawing.label_ends(axes, ends)
    return figure


def grid(found: Findings) -> Figure:
    """Draw test accuracy along R and along K, a row of panels for each number of labels."""
    sizes = found.intervals.grid_sizes
    figure, panels = style.new_figure(
        2 * len(sizes), height=0.8 + 2.6 * len(sizes), rows=len(sizes), sharex="col", sharey="row"
    )
    along = {"R": found.series["radius"], "K": found.series["negatives"]}
    for axes, (labels, axis) in zip(panels, product(sizes, along), strict=True):
        _along(axes, along[axis][along[axis][N_LABELS] == labels], axis)
        axes.set_title(f"{labels:,} labels, by {axis}")
    for axes in panels[::2]:
        axes.set_ylabel("test accuracy, %")
    for axes, axis in zip(panels[-2:], along, strict=True):
        axes.set_xlabel(drawing.AXIS_NAMES[axis])
    return figure


def _along(axes: Axes, rows: pd.DataFrame, axis: str) -> None:
    """Draw a line for each value of the other axis that several cells share; and vanilla's."""
    lines = {str(name): line for name, line in rows.groupby("series", sort=False)}
    vanilla = lines.pop(VANILLA, None)  # the ablation may have numbers of labels of its own
    ends: drawing.Ends = {}
    for (name, line), colour in zip(lines.items(), drawing.shades(len(lines)), strict=True):
        ends[name] = drawing.band(axes, line, axis, colour, points=True)
    if vanilla is not None:
        ends[VANILLA] = drawing.band(
            axes, vanilla, axis, style.COLOURS[VANILLA], style.LINES[VANILLA]
        )
    if lines:
        drawing.value_scale(axes, sorted(set(rows[axis])))
    drawing.label_ends(axes, ends)
