"""Figures of the word vectors: their training, their geometry, and what theory says of them."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stages.check.whole import Params
from stages.lens import columns as lens
from stages.report import drawing, style, tables
from stages.report.findings import Findings
from stages.vectors.vectors import EPOCH, TRAIN_LOSS


def sgns_loss(found: Findings, params: Params) -> Figure:
    """Draw training and validation loss by epoch along R and along K, means over models."""
    figure, panels = style.new_figure(2)
    for axes, axis in zip(panels, ("R", "K"), strict=True):
        values = tables.along_axis(params, axis)
        other, fixed = tables.OTHER_AXIS[axis], tables.fixed_value(params, axis)
        ends = {}
        for value, colour in zip(values, drawing.shades(len(values)), strict=True):
            rows = tables.rows_with(found.intervals.grid_losses, {axis: value, other: fixed})
            ends[f"{axis} = {value}"] = drawing.band(axes, rows, EPOCH, colour)
            axes.plot(rows[EPOCH], rows[TRAIN_LOSS], ":", color=colour)
        axes.set(title=f"by {axis} ({other} = {fixed})", xlabel=EPOCH)
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
        drawing.label_ends(axes, ends)
    panels[0].set_ylabel("nats per positive pair\n(solid: validation, dotted: training)")
    return figure


def through_the_lens(found: Findings) -> Figure:
    """Draw alignment against uniformity, mean cosines against K, and accuracy against cosine."""
    figure, (shape, cone, use) = style.new_figure(3, width=9.6, height=3.4)
    table = found.cells
    accuracy = found.intervals.grid_at_fewest.set_index(["R", "K"])
    of_negatives, of_radius = _colours(table, "K"), _colours(table, "R")
    for value, colour in of_negatives.items():
        rows = table[table["K"] == value].sort_values("R")
        shape.plot(rows[lens.UNIFORMITY], rows[lens.ALIGNMENT], "o-", ms=4, lw=0.8, color=colour)
        scores = 100 * accuracy.loc[[(r, value) for r in rows["R"]]]
        mean, errors = drawing.bars(scores)
        cosine = rows[lens.MEAN_COSINE_CENTRE]
        use.errorbar(cosine, mean, errors, fmt="o", ms=4, lw=0.7, color=colour)
    for value, colour in of_radius.items():
        rows = table[table["R"] == value].sort_values("K")
        cone.plot(rows["K"], rows[lens.MEAN_COSINE_CENTRE], "o-", ms=3, color=colour)
        cone.plot(rows["K"], rows[lens.MEAN_COSINE_CONTEXT], "o--", ms=3, lw=1, color=colour)
    drawing.value_scale(cone, list(of_negatives))
    drawing.label_colours(shape, {f"K = {value}": colour for value, colour in of_negatives.items()})
    drawing.label_colours(cone, {f"R = {value}": colour for value, colour in of_radius.items()})
    shape.set(
        title="geometry (R rising along a line)",
        xlabel="uniformity (lower: more even)",
        ylabel="alignment (lower: closer)",
    )
    cone.set(
        title="narrow cone (dashed: contexts)", xlabel=drawing.AXIS_NAMES["K"], ylabel="mean cosine"
    )
    use.set(title="test accuracy, %", xlabel="mean cosine of centres (colours: K)")
    return figure


def against_theory(found: Findings) -> Figure:
    """Draw intercepts of scores on PMI against -log K, slopes, and the loss above its floor."""
    figure, (intercept, slope, floor) = style.new_figure(3, width=8.6, height=3.0)
    table, colours = found.cells, _colours(found.cells, "R")
    for value, colour in colours.items():
        rows = table[table["R"] == value].sort_values("K")
        intercept.plot(-np.log(rows["K"]), rows[lens.PMI_INTERCEPT], "o-", ms=4, color=colour)
        slope.plot(rows["K"], rows[lens.PMI_SLOPE], "o-", ms=4, color=colour)
        floor.plot(rows["K"], rows[tables.ABOVE_FLOOR], "o-", ms=4, color=colour)
    negatives = sorted(set(table["K"].astype(int)))
    line = -np.log(np.array(negatives, np.float64))
    intercept.plot(line, line, ":", color="#555555")
    slope.axhline(1, ls=":", color="#555555")
    for axes, title in ((slope, "slope (theory: dotted)"), (floor, "loss above its floor, nats")):
        axes.set(title=title, xlabel=drawing.AXIS_NAMES["K"])
        drawing.value_scale(axes, negatives)
    intercept.set(title="intercept (theory: dotted)", xlabel="- log K")
    drawing.label_colours(intercept, {f"R = {value}": colour for value, colour in colours.items()})
    return figure


def _colours(cells: pd.DataFrame, axis: str) -> dict[int, str]:
    """Return a colour for each value of R or K that there are cells of, in rising order."""
    values = sorted(set(cells[axis].astype(int)))
    return dict(zip(values, drawing.shades(len(values)), strict=True))


def scores_against_pmi(found: Findings, params: Params) -> Figure:
    """Draw the scores of frequent pairs against their PMI, for each K at one R."""
    radius, values = tables.fixed_value(params, "K"), tables.along_axis(params, "K")
    figure, panels = style.new_figure(len(values), width=8.6, height=2.9, sharey=True)
    for axes, value, colour in zip(panels, values, drawing.shades(len(values)), strict=True):
        pairs = found.tables.scores[found.tables.scores["K"] == value]
        axes.plot(
            pairs[lens.PMI], pairs[lens.SCORE], ".", ms=2, alpha=0.35, color=colour, rasterized=True
        )
        if len(pairs) > 1:
            ends = np.array([pairs[lens.PMI].min(), pairs[lens.PMI].max()])
            axes.plot(ends, ends - np.log(value), ":", color="#333333", lw=1.2)
        axes.set(title=f"K = {value}", xlabel="PMI of the pair")
    panels[0].set_ylabel(f"learned score w.c, R = {radius}\n(dotted: PMI - log K)")
    return figure


def word_map(found: Findings) -> Figure:
    """Draw frequent words, those with similar vectors side by side."""
    figure, (axes,) = style.new_figure(1, width=8.6, height=6.4)
    table = found.word_map
    colours = style.cycle(int(table["cluster"].max()) + 1 if len(table) else 0)
    for word, x, y, cluster in table.itertuples(index=False, name=None):
        axes.text(
            x, y, drawing.drawable(str(word)), fontsize=6.5, ha="center", va="center",
            color=colours[int(cluster)],
        )  # fmt: skip
    if len(table):
        for low_high, side in ((axes.set_xlim, table["x"]), (axes.set_ylim, table["y"])):
            margin = 0.04 * (side.max() - side.min() + 1)
            low_high(side.min() - margin, side.max() + margin)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure
