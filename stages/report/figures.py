"""Figures of the results, each drawn from the tidy tables."""

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stages.files.classifiers import (
    BUDGET,
    EPOCH,
    METHOD,
    N_LABELS,
    TEST_ACCURACY,
    TFIDF,
    VALIDATION_ACCURACY,
    VALIDATION_LOSS,
    VANILLA,
    WORD2VEC,
)
from stages.params.whole import Params
from stages.report import style
from stages.report.drawing import (
    AXIS_NAMES,
    Ends,
    band,
    drawable,
    end_of,
    label_ends,
    label_scale,
    shades,
)
from stages.report.series import axis_rows, grid_history, paired_gains
from stages.report.statistics import intervals_by
from stages.report.tables import MAIN, Tables, distinct_sizes, fixed_cell

ATTENDED = 12  # words of each class in the figure
ROOM_FOR_NAMES = 1.9  # left of the first point, as a factor of the x axis


def accuracy_by_labels(tables: Tables) -> Figure:
    """Draw all methods' test accuracy, and the paired gain over vanilla below it."""
    figure, (accuracy, gain) = style.new_figure(2, height=5.6, width=6.8, stacked=True)
    results = distinct_sizes(tables.results)
    ends = {}
    for method in (WORD2VEC, VANILLA, TFIDF):
        rows = results[results[METHOD] == method]
        table = intervals_by(rows, [N_LABELS], TEST_ACCURACY)
        band(accuracy, table, N_LABELS, style.COLOURS[method], style.LINES[method])
        accuracy.plot(table[N_LABELS], table["mean"], "o", ms=4, color=style.COLOURS[method])
        short = {TFIDF: "TF-IDF"}.get(method, method)
        ends[short] = end_of(table, N_LABELS, style.COLOURS[method])
    style.percent(accuracy)
    gains = paired_gains(results)
    band(gain, gains, N_LABELS, style.COLOURS[WORD2VEC])
    gain.plot(gains[N_LABELS], gains["mean"], "o", ms=4, color=style.COLOURS[WORD2VEC])
    gain.axhline(0, color="#888888", lw=0.8)
    label_scale(gain, results)
    accuracy.set(ylabel="test accuracy")
    gain.set(xlabel="labelled examples", ylabel="word2vec - vanilla, points")
    label_ends(accuracy, ends)
    return figure


def other_vectors(tables: Tables, params: Params) -> Figure:
    """Draw the gain over vanilla by number of labels, for word2vec and each of its variants."""
    figure, (axes,) = style.new_figure(1, width=6.4, height=3.8)
    results = distinct_sizes(tables.results)
    names = [WORD2VEC, *(name for name in params.variants if name in set(results[METHOD]))]
    ends = {}
    for name, colour in zip(names, style.cycle(len(names)), strict=True):
        gains = paired_gains(results, name)
        band(axes, gains, N_LABELS, colour)
        axes.plot(gains[N_LABELS], gains["mean"], "o", ms=4, color=colour)
        ends[name] = (float(gains[N_LABELS].iloc[0]), float(gains["mean"].iloc[0]), colour)
    axes.axhline(0, color="#888888", lw=0.8)
    axes.set(xlabel="labelled examples", ylabel="test accuracy - vanilla's, points")
    label_scale(axes, results)
    axes.set_xlim(left=results[N_LABELS].min() / ROOM_FOR_NAMES)
    label_ends(axes, ends, left=True)
    return figure


def attention(tables: Tables) -> Figure:
    """Draw, for each class, the words it looks at most: attention over an equal share of it."""
    rows = tables.attention
    largest = rows[(rows[BUDGET] == rows[BUDGET].max()) & (rows[METHOD] == WORD2VEC)]
    classes = list(dict.fromkeys(largest["class"]))
    figure, panels = style.new_figure(max(len(classes), 1), width=8.6, height=3.4)
    for axes, name, colour in zip(panels, classes, style.cycle(len(classes)), strict=False):
        words = largest[largest["class"] == name].head(ATTENDED)[::-1]
        axes.barh(range(len(words)), words["share"], color=colour, height=0.7)
        axes.set_yticks(range(len(words)), [drawable(word) for word in words["word"]])
        axes.tick_params(axis="y", length=0, labelsize=8)
        axes.axvline(1, color="#888888", lw=0.8)
        axes.grid(visible=False, axis="y")
        axes.set(title=name)
    panels[0].set_xlabel("attention (1: an equal share of the text)")
    return figure


def _curve_panels(draw: Callable[[Axes, str], Ends]) -> Figure:
    """Make the accuracy and loss panels; ``draw`` fills one and returns its lines' ends."""
    figure, panels = style.new_figure(2)
    for axes, score in zip(panels, (VALIDATION_ACCURACY, VALIDATION_LOSS), strict=True):
        ends = draw(axes, score)
        if score == VALIDATION_ACCURACY:
            style.percent(axes)
        unit = " (nats)" if score == VALIDATION_LOSS else ""
        axes.set(title=f"{score.replace('_', ' ')}{unit}", xlabel=EPOCH)
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
        label_ends(axes, ends)
    return figure


def curves_at(tables: Tables, budget: int) -> Figure:
    """Draw validation accuracy and loss by epoch, word2vec against vanilla."""
    history = tables.history
    chosen = history[(history["experiment"] == MAIN) & (history[BUDGET] == budget)]

    def draw(axes: Axes, score: str) -> Ends:
        ends = {}
        for method in (WORD2VEC, VANILLA):
            table = intervals_by(chosen[chosen[METHOD] == method], [EPOCH], score)
            band(axes, table, EPOCH, style.COLOURS[method], style.LINES[method])
            ends[method] = end_of(table, EPOCH, style.COLOURS[method])
        return ends

    return _curve_panels(draw)


def curves_by(tables: Tables, params: Params, axis: str) -> Figure:
    """Draw the same by R or by K, the other one fixed, with vanilla for reference."""
    rows = axis_rows(grid_history(tables), params, axis)
    history = tables.history
    vanilla = history[
        (history["experiment"] == MAIN)
        & (history[BUDGET] == params.ablation.budget)
        & (history[METHOD] == VANILLA)
    ]
    other = {"R": "K", "K": "R"}[axis]
    values = sorted(getattr(params.ablation, axis))
    colours = shades(len(values))

    def draw(axes: Axes, score: str) -> Ends:
        ends = {}
        for value, colour in zip(values, colours, strict=True):
            table = intervals_by(rows[rows[axis] == value], [EPOCH], score)
            band(axes, table, EPOCH, colour)
            ends[f"{axis} = {value}"] = end_of(table, EPOCH, colour)
        table = intervals_by(vanilla, [EPOCH], score)
        band(axes, table, EPOCH, style.COLOURS[VANILLA], style.LINES[VANILLA])
        ends[VANILLA] = end_of(table, EPOCH, style.COLOURS[VANILLA])
        return ends

    figure = _curve_panels(draw)
    figure.axes[0].set_title(f"validation accuracy ({other} = {fixed_cell(params)[other]})")
    return figure


def grid(tables: Tables, params: Params) -> Figure:
    """Draw the R x K heat map of test accuracy, each cell with its mean and interval."""
    figure, (axes,) = style.new_figure(1, width=6.2, height=4.2)
    radii, negatives = sorted(params.ablation.R), sorted(params.ablation.K)
    table = intervals_by(tables.ablation, ["R", "K"], TEST_ACCURACY).set_index(["R", "K"]) * 100
    means = table["mean"].unstack("K").loc[radii, negatives].to_numpy()
    halves = ((table["high"] - table["low"]) / 2).unstack("K").loc[radii, negatives].to_numpy()
    image = axes.imshow(means, cmap="viridis", aspect="auto")
    middle = (means.min() + means.max()) / 2
    for (row, column), mean in np.ndenumerate(means):
        half = halves[row, column]
        spread = "" if np.isnan(half) else f"\n± {half:.2f}"
        colour = "white" if mean < middle else "black"
        axes.text(
            column, row, f"{mean:.2f}{spread}", ha="center", va="center", fontsize=8, color=colour
        )
    axes.set_xticks(range(len(negatives)), [str(k) for k in negatives])
    axes.set_yticks(range(len(radii)), [str(r) for r in radii])
    axes.set(xlabel=AXIS_NAMES["K"], ylabel=AXIS_NAMES["R"])
    axes.grid(visible=False)
    figure.colorbar(image, label="test accuracy, %")
    return figure
