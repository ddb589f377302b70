"""One look for all figures, and writing them so that the same data give the same bytes."""

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stages import artifacts

# Okabe and Ito's palette: told apart by colour-blind readers, and by lightness in grey.
COLOURS = {"word2vec": "#0072B2", "vanilla": "#D55E00", "tfidf": "#6E6E6E"}
LINES = {"word2vec": "-", "vanilla": "--", "tfidf": ":"}
NAMES = {"word2vec": "word2vec", "vanilla": "vanilla", "tfidf": "TF-IDF + logistic regression"}

# For lines that have no colour of their own, the first three far apart in lightness too.
_CYCLE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6E6E6E")

_RC: Any = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same on every machine
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "figure.dpi": 110,
}


def look() -> AbstractContextManager[None]:
    """Return the context in which every figure is drawn."""
    return mpl.rc_context(_RC)


def cycle(count: int) -> list[str]:
    """Return so many colours, told apart as long as there are no more than seven."""
    return [_CYCLE[i % len(_CYCLE)] for i in range(count)]


def new_figure(columns: int, width: float = 8.0, height: float = 3.4) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels side by side; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def finish(figure: Figure, title: str, source: str, seeds: int, *, intervals: bool = True) -> None:
    """Add the title, and below it where the data come from and how many seeds there are."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    spread = f"Mean of {seeds} seeds" if seeds > 1 else "1 seed"
    spread += ", 95 % confidence intervals" if intervals and seeds > 1 else ""
    note = f"{source}. {spread}."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=7.5, color="#555555")


def save(figure: Figure, path: Path) -> None:
    """Write a PNG without the metadata that would tie it to a version or a time."""
    content = io.BytesIO()
    with look():
        figure.savefig(content, format="png", dpi=110, metadata={"Software": None})
    artifacts.write_bytes(path, content.getvalue())


def percent(axes: Axes) -> None:
    """Label the y axis of accuracies from 0 to 1 in percent."""
    axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=None))
