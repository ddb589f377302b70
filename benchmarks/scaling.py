"""Words per second over corpus length, K and R: ``python -m benchmarks.scaling``.

``python -m benchmarks.scaling draw`` draws the saved table again.
"""

import csv
import sys
from pathlib import Path

from matplotlib.axes import Axes
from tqdm import tqdm

from benchmarks.corpus import save_table
from benchmarks.figure import save_figure
from benchmarks.speed import words_per_second
from stages.report.style import COLOURS, look, new_figure

TOKENS = (250_000, 1_000_000, 4_000_000, 16_000_000, 32_000_000)  # at R = 5, K = 5
TABLE = Path(__file__).with_name("sgns_scaling.csv")
NEGATIVES = (1, 2, 5, 10, 20, 50)  # at R = 5
RADII = (1, 2, 5, 10, 20)  # at K = 5
MILLION = 1e6
SAMPLE = 2_000_000  # tokens trained on for the curves over K and R


def points() -> list[tuple[str, int, dict[str, int]]]:
    """Return what is varied, its value, and the setting."""
    settings = [("tokens", n, {"R": 5, "K": 5, "tokens": n}) for n in TOKENS]
    settings += [("K", k, {"R": 5, "K": k, "tokens": SAMPLE}) for k in NEGATIVES]
    return settings + [("R", r, {"R": r, "K": 5, "tokens": SAMPLE}) for r in RADII]


def measure() -> Path:
    """Time every point once for each trainer."""
    table: list[list[object]] = []
    for varied, value, setting in tqdm(points(), "scaling", disable=None):
        speeds = [words_per_second(t, epochs=1, **setting) for t in ("ours", "gensim")]
        table.append([varied, value, *map(round, speeds)])
    return save_table(
        TABLE.name, ["varied", "value", "ours_words_per_s", "gensim_words_per_s"], table
    )


def draw(path: Path) -> None:
    """Draw the saved table."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with look():
        figure, (by_tokens, by_negatives, by_radius) = new_figure(3, 8.0, 2.9)
        _panel(by_tokens, [r for r in rows if r["varied"] == "tokens"], seconds=True)
        by_tokens.set(xlabel="tokens, millions", ylabel="seconds an epoch (R = 5, K = 5)")
        _panel(by_negatives, [r for r in rows if r["varied"] == "K"], seconds=False)
        by_negatives.set(xlabel="negatives per positive K", ylabel="million words a second")
        _panel(by_radius, [r for r in rows if r["varied"] == "R"], seconds=False)
        by_radius.set(xlabel="context radius R", ylabel="million words a second")
        figure.suptitle("SGNS training beside gensim", x=0.01, ha="left", fontweight="bold")
        note = "Two processor cores; WikiText-2, rows drawn with replacement; one run a point."
        figure.supxlabel(note, x=0.01, ha="left", fontsize=7.5, color="#555555")
    save_figure(figure, path)


def _panel(axes: Axes, rows: list[dict[str, str]], *, seconds: bool) -> None:
    values = [int(row["value"]) for row in rows]
    for name, colour, line in (("ours", "word2vec", "-"), ("gensim", "vanilla", "--")):
        speeds = [float(row[f"{name}_words_per_s"]) for row in rows]
        if seconds:
            x = [value / MILLION for value in values]
            y = [value / speed for value, speed in zip(values, speeds, strict=True)]
        else:
            x, y = [float(value) for value in values], [speed / MILLION for speed in speeds]
        axes.plot(x, y, line, marker="o", markersize=3.5, color=COLOURS[colour])
        axes.annotate(
            name,
            (x[-1], y[-1]),
            xytext=(-2, 5),
            textcoords="offset points",
            ha="right",
            color=COLOURS[colour],
        )
    axes.set_xscale("log")
    axes.set_yscale("log")


if __name__ == "__main__":
    draw(TABLE if sys.argv[1:] == ["draw"] else measure())
