"""The figures, each drawn from the tidy tables."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stages.params import Params
from stages.report import style
from stages.report.lens import cells
from stages.report.series import axis_rows, fixed_cell, grid_history
from stages.report.statistics import intervals_by, paired_difference
from stages.report.tables import (
    GRID,
    MAIN,
    TFIDF,
    VANILLA,
    WORD2VEC,
    Tables,
    distinct_sizes,
)

AXIS_NAMES = {"R": "context radius R", "K": "negatives per positive K"}


ATTENDED = 12  # words of each class in the figure
LABEL_ROUNDS = 50  # of moving neighbouring labels apart, each half of what they overlap


def all_figures(tables: Tables, params: Params, source: str) -> dict[str, Figure]:
    """Return every figure by the name of its file; ``source`` names the data."""
    with style.look():
        return _draw_all(tables, params, source)


def _draw_all(tables: Tables, params: Params, source: str) -> dict[str, Figure]:
    figures = {
        "accuracy_by_labels": accuracy_by_labels(tables),
        "curves_by_R": curves_by(tables, params, "R"),
        "curves_by_K": curves_by(tables, params, "K"),
        "grid": grid(tables, params),
        "sgns_loss": sgns_loss(tables, params),
        "lens": through_the_lens(tables, params),
        "theory": against_theory(tables, params),
        "variants": other_vectors(tables, params),
        "attention": attention(tables),
    }
    for budget in params.classify.budgets:
        figures[f"curves_{budget}"] = curves_at(tables, budget)
    ablated = f"at {int(tables.ablation['n_labels'].iloc[0]):,} labels"
    titles = {
        "accuracy_by_labels": "Test accuracy against number of labels",
        "curves_by_R": f"By context radius R, {ablated}",
        "curves_by_K": f"By negatives per positive K, {ablated}",
        "grid": f"Test accuracy over the grid, {ablated}",
        "sgns_loss": "SGNS loss per positive pair",
        "lens": "The vectors' geometry over the grid, and what it buys",
        "theory": "Learned scores against the theory's optimum, PMI - log K",
        "variants": "What the vectors are learned from, and how",
        "attention": f"What each class attends to, {_most_labels(tables):,} labels, word2vec",
        **{f"curves_{n}": _labels_title(tables, n) for n in params.classify.budgets},
    }
    for name, figure in figures.items():
        of_models = name in ("sgns_loss", "lens", "theory")
        seeds = params.sgns.seeds if of_models else params.classify.seeds
        seeds = 1 if name == "attention" else seeds
        intervals = name not in ("lens", "theory")
        style.finish(figure, titles[name], source, seeds, intervals=intervals)
    return figures


def _most_labels(tables: Tables) -> int:
    return int(tables.results["n_labels"].max())


def _labels_title(tables: Tables, budget: int) -> str:
    labels = int(tables.results[tables.results["budget"] == budget]["n_labels"].iloc[0])
    whole = "" if labels == budget else f" (the whole pool; the budget was {budget:,})"
    return f"word2vec against vanilla, {labels:,} labels{whole}"


def band(axes: Axes, table: pd.DataFrame, x: str, colour: str, line: str = "-") -> None:
    """Draw the mean as a line and low..high as a band."""
    axes.plot(table[x], table["mean"], line, color=colour)
    axes.fill_between(table[x], table["low"], table["high"], color=colour, alpha=0.18, lw=0)


def label_ends(
    axes: Axes, ends: Mapping[str, tuple[float, float, str]], *, left: bool = False
) -> None:
    """Write each line's name at its right end, (x, y, colour), moved apart where they meet."""
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


def label_starts(axes: Axes, starts: Mapping[str, tuple[float, float, str]]) -> None:
    """Write each line's name at its left end instead."""
    label_ends(axes, starts, left=True)


def label_scale(axes: Axes, results: pd.DataFrame) -> None:
    """Make the x axis one of numbers of labels, with a tick at each that was measured."""
    axes.set_xscale("log")
    ticks = sorted(results["n_labels"].unique())
    axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axes.minorticks_off()


def _end(table: pd.DataFrame, x: str, colour: str) -> tuple[float, float, str]:
    return float(table[x].iloc[-1]), float(table["mean"].iloc[-1]), colour


def accuracy_by_labels(tables: Tables) -> Figure:
    """Draw all methods' test accuracy, and the paired gain over vanilla beside it."""
    figure, (accuracy, gain) = style.new_figure(2)
    results = distinct_sizes(tables.results)
    ends = {}
    for method in (WORD2VEC, VANILLA, TFIDF):
        rows = results[results["method"] == method]
        table = intervals_by(rows, ["n_labels"], "test_accuracy")
        band(accuracy, table, "n_labels", style.COLOURS[method], style.LINES[method])
        accuracy.plot(table["n_labels"], table["mean"], "o", ms=4, color=style.COLOURS[method])
        short = {TFIDF: "TF-IDF"}.get(method, method)
        ends[short] = _end(table, "n_labels", style.COLOURS[method])
    style.percent(accuracy)
    gains = paired_gains(results)
    band(gain, gains, "n_labels", style.COLOURS[WORD2VEC])
    gain.plot(gains["n_labels"], gains["mean"], "o", ms=4, color=style.COLOURS[WORD2VEC])
    gain.axhline(0, color="#888888", lw=0.8)
    for axes, title in ((accuracy, "test accuracy"), (gain, "word2vec - vanilla, points")):
        label_scale(axes, results)
        axes.set(title=title, xlabel="labelled examples")
    label_ends(accuracy, ends)
    return figure


def other_vectors(tables: Tables, params: Params) -> Figure:
    """Draw the gain over vanilla by number of labels, for word2vec and each of its variants."""
    figure, (axes,) = style.new_figure(1, width=6.4, height=3.8)
    results = distinct_sizes(tables.results)
    names = [WORD2VEC, *(name for name in params.variants if name in set(results["method"]))]
    ends = {}
    for name, colour in zip(names, style.cycle(len(names)), strict=True):
        gains = paired_gains(results, name)
        band(axes, gains, "n_labels", colour)
        axes.plot(gains["n_labels"], gains["mean"], "o", ms=4, color=colour)
        ends[name] = (float(gains["n_labels"].iloc[0]), float(gains["mean"].iloc[0]), colour)
    axes.axhline(0, color="#888888", lw=0.8)
    axes.set(xlabel="labelled examples", ylabel="test accuracy - vanilla's, points")
    label_scale(axes, results)
    label_starts(axes, ends)
    return figure


def attention(tables: Tables) -> Figure:
    """Draw, for each class, the words it looks at most: attention over an equal share of it."""
    rows = tables.attention
    largest = rows[(rows["budget"] == rows["budget"].max()) & (rows["method"] == WORD2VEC)]
    classes = list(dict.fromkeys(largest["class"]))
    figure, panels = style.new_figure(max(len(classes), 1), width=8.6, height=3.4)
    for axes, name, colour in zip(panels, classes, style.cycle(len(classes)), strict=False):
        words = largest[largest["class"] == name].head(ATTENDED)[::-1]
        axes.barh(range(len(words)), words["share"], color=colour, height=0.7)
        axes.set_yticks(range(len(words)), [_drawable(word) for word in words["word"]])
        axes.tick_params(axis="y", length=0, labelsize=8)
        axes.axvline(1, color="#888888", lw=0.8)
        axes.grid(visible=False, axis="y")
        axes.set(title=name)
    figure.supylabel("")
    panels[0].set_xlabel("attention (1: an equal share of the text)")
    return figure


def _drawable(text: str) -> str:
    return text.replace("$", r"\$")  # matplotlib takes a pair of these for mathematics


def paired_gains(results: pd.DataFrame, method: str = WORD2VEC) -> pd.DataFrame:
    """Return a method minus vanilla in accuracy points, paired by seed, at each n_labels."""
    rows = []
    for labels, group in results.groupby("n_labels"):
        difference = paired_difference(group, "test_accuracy", method, VANILLA) * 100
        rows.append(pd.DataFrame({"n_labels": labels, "gain": difference}))
    return intervals_by(pd.concat(rows), ["n_labels"], "gain")


def _curve_panels(draw: Callable[[Axes, str], dict[str, tuple[float, float, str]]]) -> Figure:
    """Make the accuracy and loss panels; ``draw`` fills one and returns its lines' ends."""
    figure, panels = style.new_figure(2)
    for axes, score in zip(panels, ("val_accuracy", "val_loss"), strict=True):
        ends = draw(axes, score)
        if score == "val_accuracy":
            style.percent(axes)
        unit = " (nats)" if score == "val_loss" else ""
        axes.set(title=f"{score.replace('val_', 'validation ')}{unit}", xlabel="epoch")
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
        label_ends(axes, ends)
    return figure


def curves_at(tables: Tables, budget: int) -> Figure:
    """Draw validation accuracy and loss by epoch, word2vec against vanilla."""
    history = tables.history
    chosen = history[(history["experiment"] == MAIN) & (history["budget"] == budget)]

    def draw(axes: Axes, score: str) -> dict[str, tuple[float, float, str]]:
        ends = {}
        for method in (WORD2VEC, VANILLA):
            table = intervals_by(chosen[chosen["method"] == method], ["epoch"], score)
            band(axes, table, "epoch", style.COLOURS[method], style.LINES[method])
            ends[method] = _end(table, "epoch", style.COLOURS[method])
        return ends

    return _curve_panels(draw)


def curves_by(tables: Tables, params: Params, axis: str) -> Figure:
    """Draw the same by R or by K, the other one fixed, with vanilla for reference."""
    rows = axis_rows(grid_history(tables), params, axis)
    history = tables.history
    vanilla = history[
        (history["experiment"] == MAIN)
        & (history["budget"] == params.ablation.budget)
        & (history["method"] == VANILLA)
    ]
    other = {"R": "K", "K": "R"}[axis]
    values = sorted(getattr(params.ablation, axis))
    colours = _shades(len(values))

    def draw(axes: Axes, score: str) -> dict[str, tuple[float, float, str]]:
        ends = {}
        for value, colour in zip(values, colours, strict=True):
            table = intervals_by(rows[rows[axis] == value], ["epoch"], score)
            band(axes, table, "epoch", colour)
            ends[f"{axis} = {value}"] = _end(table, "epoch", colour)
        table = intervals_by(vanilla, ["epoch"], score)
        band(axes, table, "epoch", style.COLOURS[VANILLA], style.LINES[VANILLA])
        ends[VANILLA] = _end(table, "epoch", style.COLOURS[VANILLA])
        return ends

    figure = _curve_panels(draw)
    figure.axes[0].set_title(f"validation accuracy ({other} = {fixed_cell(params)[other]})")
    return figure


def _shades(count: int) -> Sequence[str]:
    """Return dark-to-light colours whose order also shows in grey."""
    colour_map = mpl.colormaps["viridis"]
    return [mpl.colors.to_hex(colour_map(x)) for x in np.linspace(0.0, 0.8, count)]


def grid(tables: Tables, params: Params) -> Figure:
    """Draw the R x K heat map of test accuracy, each cell with its mean and interval."""
    figure, (axes,) = style.new_figure(1, width=6.2, height=4.2)
    radii, negatives = sorted(params.ablation.R), sorted(params.ablation.K)
    table = intervals_by(tables.ablation, ["R", "K"], "test_accuracy").set_index(["R", "K"]) * 100
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


def sgns_loss(tables: Tables, params: Params) -> Figure:
    """Draw training and validation loss by epoch along R and along K, means over models."""
    figure, panels = style.new_figure(2)
    for axes, axis in zip(panels, ("R", "K"), strict=True):
        cells = axis_rows(tables.sgns[tables.sgns["experiment"] == GRID], params, axis)
        values = sorted(getattr(params.ablation, axis))
        ends = {}
        for value, colour in zip(values, _shades(len(values)), strict=True):
            models = cells[(cells[axis] == value) & (cells["epoch"] > 0)]
            rows = intervals_by(models, ["epoch"], "validation_loss")
            band(axes, rows, "epoch", colour)
            trained = models.groupby("epoch")["train_loss"].mean()
            axes.plot(trained.index, trained, ":", color=colour)
            last = rows.iloc[-1]
            ends[f"{axis} = {value}"] = (last["epoch"], last["mean"], colour)
        other = {"R": "K", "K": "R"}[axis]
        axes.set(title=f"by {axis} ({other} = {fixed_cell(params)[other]})", xlabel="epoch")
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
        label_ends(axes, ends)
    panels[0].set_ylabel("nats per positive pair\n(solid: validation, dotted: training)")
    return figure


def through_the_lens(tables: Tables, params: Params) -> Figure:
    """Draw alignment against uniformity, and test accuracy against mean cosine, a dot a cell."""
    figure, (shape, use) = style.new_figure(2)
    table = cells(tables)
    values = sorted(params.ablation.K)
    ends = {}
    for value, colour in zip(values, _shades(len(values)), strict=True):
        rows = table[table["K"] == value].sort_values("R")
        shape.plot(rows["uniformity"], rows["alignment"], "o-", ms=4, lw=0.8, color=colour)
        use.plot(rows["mean_cosine_centre"], 100 * rows["test_accuracy"], "o", ms=5, color=colour)
        for row in rows.iloc[[0, -1]].itertuples():
            text, place = f"R = {row.R}", (row.uniformity, row.alignment)
            shape.annotate(
                text, place, xytext=(4, 3), textcoords="offset points", fontsize=6.5, color=colour
            )
        ends[f"K = {value}"] = colour
    handles = [
        mpl.lines.Line2D([], [], color=c, marker="o", lw=0, label=k) for k, c in ends.items()
    ]
    use.legend(handles=handles, fontsize=7.5)
    shape.set(
        xlabel="uniformity of centre vectors (lower: more even)",
        ylabel="alignment of positives (lower: closer)",
        title="geometry",
    )
    use.set(
        xlabel="mean cosine of centre vectors (1: one direction)",
        ylabel="test accuracy, %",
        title="what the classifier makes of it",
    )
    return figure


def against_theory(tables: Tables, params: Params) -> Figure:
    """Draw intercepts of scores on PMI against -log K, slopes, and the loss above its floor."""
    figure, (intercept, slope, floor) = style.new_figure(3, width=8.6, height=3.0)
    table = cells(tables)
    radii = sorted(params.ablation.R)
    ends: dict[str, tuple[float, float, str]] = {}
    for value, colour in zip(radii, _shades(len(radii)), strict=True):
        rows = table[table["R"] == value].sort_values("K")
        intercept.plot(-np.log(rows["K"]), rows["pmi_intercept"], "o-", ms=4, color=colour)
        slope.plot(rows["K"], rows["pmi_slope"], "o-", ms=4, color=colour)
        floor.plot(rows["K"], rows["above_floor"], "o-", ms=4, color=colour)
        last = rows.iloc[-1]
        ends[f"R = {value}"] = (float(last["K"]), float(last["above_floor"]), colour)
    line = -np.log(np.array(sorted(params.ablation.K), np.float64))
    intercept.plot(line, line, ":", color="#555555")
    slope.axhline(1, ls=":", color="#555555")
    for axes, title, xlabel in (
        (intercept, "intercept (theory: dotted)", "- log K"),
        (slope, "slope (theory: dotted)", AXIS_NAMES["K"]),
        (floor, "loss above its floor, nats", AXIS_NAMES["K"]),
    ):
        axes.set(title=title, xlabel=xlabel)
    label_ends(floor, ends)
    return figure
