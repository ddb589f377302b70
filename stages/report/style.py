"""One look for all figures, and writing them so that the same data give the same bytes."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from stages.core.atomic import write_bytes
from stages.results.methods import TFIDF, VANILLA, WORD2VEC

# Okabe and Ito's palette: told apart by colour-blind readers, and by lightness in grey.
COLOURS = {WORD2VEC: "#0072B2", VANILLA: "#D55E00", TFIDF: "#6E6E6E"}
LINES = {WORD2VEC: "-", VANILLA: "--", TFIDF: ":"}

SMALL_SVG = 80_000  # bytes
# In an SVG the reader's machine draws the text; Verdana's letters are as wide as DejaVu's.
_FONTS = b"'DejaVu Sans', Verdana, Arial, sans-serif"

# For lines that have no colour of their own, the first three far apart in lightness too.
_CYCLE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6E6E6E")

Share = bool | Literal["row", "col"]  # of an axis: by all panels, or those of a row

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
    "svg.fonttype": "none",  # text stays text: small files that can be searched
    "svg.hashsalt": "stages.report",  # or ids would differ from run to run
}


@contextmanager
def look() -> Iterator[None]:
    """Draw figures in our own look, whatever the user's ``matplotlibrc`` says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def cycle(count: int) -> list[str]:
    """Return so many colours, told apart as long as there are no more than seven."""
    return [_CYCLE[i % len(_CYCLE)] for i in range(count)]


def new_figure(
    panels: int,
    width: float = 8.0,
    height: float = 3.4,
    *,
    rows: int = 1,
    sharex: Share = False,
    sharey: Share = False,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels in so many rows, and these, row by row; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, panels // rows, squeeze=False, sharex=sharex, sharey=sharey)
    return figure, list(axes.reshape(-1))


def finish(figure: Figure, title: str, note: str) -> None:
    """Add the title, and below it where the data come from and how many runs there are."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    figure.supxlabel(note, x=0.01, ha="left", fontsize=7.5, color="#555555")


def note(runs: int, intervals: str = "") -> str:
    """Return how many runs, or models, a figure shows, and what its bands are if it has any."""
    if runs == 1:
        return "1 run."
    return f"Mean of {runs} runs, {intervals}." if intervals else f"Mean of {runs} runs."


def rendered(figure: Figure, kind: str) -> bytes:
    """Return a figure as ``png`` or ``svg``, without metadata of a version or a time."""
    content = io.BytesIO()
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    with look(), warnings.catch_warnings():
        # A letter that the font lacks is a box in the PNG, and itself in the SVG; told of each
        # letter in each size, nobody would see what else there is to see.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        _settle(figure)
        figure.savefig(content, format=kind, dpi=110, metadata=metadata)
    drawn = content.getvalue()
    return drawn.replace(b"'DejaVu Sans'", _FONTS) if kind == "svg" else drawn


def _settle(figure: Figure) -> None:
    """Lay a figure out, once, to a thousandth of a dot.

    The layout makes room for names at places on logarithmic axes, whose last digits are the
    processor's. So would be those of all edges, and the names of clipping paths made of them.
    """
    if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        for axes in figure.axes:
            x, y, width, height = (round(float(side), 6) for side in axes.get_position().bounds)
            axes.set_position((x, y, width, height))


@dataclass(frozen=True)
class Drawn:
    """A figure as files: a PNG, and an SVG where that stays small."""

    png: bytes
    svg: bytes | None

    @classmethod
    def of(cls, figure: Figure) -> "Drawn":
        """Draw a figure."""
        svg = rendered(figure, "svg")
        return cls(rendered(figure, "png"), svg if len(svg) <= SMALL_SVG else None)

    def save(self, folder: Path, name: str) -> None:
        """Write ``name.png`` and, if there is one, ``name.svg``."""
        write_bytes(folder / f"{name}.png", self.png)
        if self.svg:
            write_bytes(folder / f"{name}.svg", self.svg)


def percent(axes: Axes) -> None:
    """Label the y axis of accuracies from 0 to 1 in percent."""
    axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=None))
