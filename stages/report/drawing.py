"""What the figures share: bands, labels at the ends of lines, colours in order."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from stages.results.classifiers import N_LABELS

AXIS_NAMES = {"R": "context radius R", "K": "negatives per positive K"}
LONGEST = 28  # letters of a name in a figure
LABEL_ROUNDS = 50  # of moving neighbouring labels apart, each half of what they overlap

Ends = dict[str, tuple[float, float, str]]  # of lines by name: x, y and colour


def band(
    axes: Axes, table: pd.DataFrame, x: str, colour: str, line: str = "-", *, points: bool = False
) -> tuple[float, float, str]:
    """Draw the mean as a line and low..high as a band; return the line's end, as ``end_of``."""
    axes.plot(table[x], table["mean"], line, color=colour)
    axes.fill_between(table[x], table["low"], table["high"], color=colour, alpha=0.18, lw=0)
    if points:
        axes.plot(table[x], table["mean"], "o", ms=4, color=colour)
    return end_of(table, x, colour)


def bars(table: pd.DataFrame) -> tuple[pd.Series, list[pd.Series]]:
    """Return means, and how far their intervals reach below and above them."""
    mean = table["mean"]
    return mean, [mean - table["low"], table["high"] - mean]


def label_ends(axes: Axes, ends: Ends, *, left: bool = False) -> None:
    """Write each line's name at its right (or left) end, moved apart where they meet."""
    low, high = axes.get_ylim()
    gap = (high - low) * 0.065
    names = sorted(ends, key=lambda name: ends[name][1])
    heights = [ends[name][1] for name in names]
    for _ in range(LABEL_ROUNDS):
        for i in range(1, len(heights)):
            overlap = max(0.0, gap - (heights[i] - heights[i - 1]))
            heights[i - 1] -= overlap / 2
            heights[i] += overlap / 2
    for name, height in zip(names, heights, strict=True):
        x, _, colour = ends[name]
        axes.annotate(
            name, (x, height), xytext=(-6 if left else 5, 0), textcoords="offset points",
            ha="right" if left else "left", va="center", color=colour, fontsize=8,
            annotation_clip=False,
        )  # fmt: skip


def label_colours(axes: Axes, colours: Mapping[str, str]) -> None:
    """Write what each colour stands for where there is most room."""
    handles = [mpl.lines.Line2D([], [], color=c, marker="o", ms=4) for c in colours.values()]
    axes.legend(handles, colours, fontsize=7.5, handlelength=1.2, labelspacing=0.3)


def value_scale(axes: Axes, values: Sequence[float], names: Sequence[str] | None = None) -> None:
    """Make the x axis logarithmic, with a tick at each of these values, or at their names."""
    axes.set_xscale("log")
    axes.set_xticks(values, names or [f"{value:,}" for value in values])
    axes.minorticks_off()


def label_scale(axes: Axes, table: pd.DataFrame) -> None:
    """Make the x axis one of numbers of labels, with a tick at each that was measured."""
    value_scale(axes, sorted(table[N_LABELS].unique()))


def end_of(table: pd.DataFrame, x: str, colour: str) -> tuple[float, float, str]:
    """Return where a line of means ends, and its colour."""
    return float(table[x].iloc[-1]), float(table["mean"].iloc[-1]), colour


def shades(count: int) -> Sequence[str]:
    """Return dark-to-light colours whose order also shows in grey."""
    colour_map = mpl.colormaps["viridis"]
    return [mpl.colors.to_hex(colour_map(x)) for x in np.linspace(0.0, 0.8, count)]


def drawable(text: str, longest: int = LONGEST) -> str:
    """Return text as matplotlib is to draw it, cut short if it would not fit."""
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return text.replace("$", r"\$")  # matplotlib takes a pair of these for mathematics
