"""All figures, each with its title and a sentence on how to read it."""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from stages.check.whole import Params
from stages.report import figures, style, vector_figures
from stages.report.drawing import AXIS_NAMES
from stages.report.findings import Findings
from stages.results.classifiers import BUDGET, N_LABELS

OVER_RUNS = "95 % intervals over runs"
OVER_ROWS = "95 % intervals over runs and test rows"
OVER_MODELS = "95 % intervals over models"
CAPTIONS = {
    "accuracy_by_labels": (
        "Mean test accuracy; below, word2vec minus vanilla, paired by run and test row."
    ),
    "parts": (
        "Raw vectors minus default random rows by an untuned recipe, and the three parts that "
        "this sums."
    ),
    "grid": "A line for each value of the other that several cells share, and vanilla.",
    "variants": "Gain over vanilla of vectors learned from other text, or with another objective.",
    "attention": "Mean attention of a class's query to a word, over validation rows of that class.",
    "curves_by_R": "The same for each R, the other one fixed; vanilla for reference.",
    "curves_by_K": "The same for each K, the other one fixed; vanilla for reference.",
    "sgns_loss": "A larger K has more terms in its loss; losses of different K do not compare.",
    "lens": "Wang and Isola's measures; the narrow cone of centre and context vectors; accuracy.",
    "theory": "Regression of scores on PMI, and how far the loss stays above its floor.",
    "scores": "On the dotted line training would have reached the optimum of Levy and Goldberg.",
    "words": "Words that lie together have similar vectors: parts of a tree by Ward's method.",
}
OF_CURVES = "Validation accuracy and loss by epoch."


@dataclass(frozen=True)
class Picture:
    """A figure. name: of its file. caption: how to read it."""

    name: str
    title: str
    caption: str
    figure: Figure


def all_pictures(found: Findings, params: Params, source: str) -> list[Picture]:
    """Return every figure, the most telling first; ``source`` names the data."""
    pictures = []

    def add(name: str, title: str, figure: Figure, note: str) -> None:
        """Finish a figure; ``note`` says of how many runs, or models, it is the mean."""
        style.finish(figure, title, f"{source}. {note}")
        pictures.append(Picture(name, title, CAPTIONS.get(name, OF_CURVES), figure))

    with style.look():
        _add_results(add, found, params)
        _add_vectors(add, found, params)
    return pictures


def _add_results(add: Callable[..., None], found: Findings, params: Params) -> None:
    runs, results = params.classify.runs, found.tables.results
    over_rows, over_runs = style.note(runs, OVER_ROWS), style.note(runs, OVER_RUNS)
    accuracy = figures.accuracy_by_labels(found)
    add("accuracy_by_labels", "Test accuracy against number of labels", accuracy, over_rows)
    add("parts", "Where the usual gain comes from", figures.parts(found), over_rows)
    paired = f"{over_rows} Differences are paired: see the claims."
    add("grid", "Test accuracy by R and by K", figures.grid(found), paired)
    learned = "What the vectors are learned from, and how"
    add("variants", learned, figures.other_vectors(found, params), over_rows)
    attends = f"What each class attends to, {results[N_LABELS].max():,} labels, word2vec"
    note = f"1 run.{figures.left_out_of_attention(found)}"
    add("attention", attends, figures.attention(found), note)
    for budget in sorted(params.classify.budgets, reverse=True):
        labels = int(results[results[BUDGET] == budget][N_LABELS].iloc[0])
        whole = "" if labels == budget else f" (the whole pool; the budget was {budget:,})"
        title = f"word2vec against vanilla, {labels:,} labels{whole}"
        add(f"curves_{budget}", title, figures.curves_at(found, budget), over_runs)
    for axis, name in AXIS_NAMES.items():
        title = f"By {name}, at {found.intervals.fewest:,} labels"
        add(f"curves_by_{axis}", title, figures.curves_by(found, params, axis), over_runs)


def _add_vectors(add: Callable[..., None], found: Findings, params: Params) -> None:
    of_main = style.note(params.sgns.models, OVER_MODELS)
    of_grid = style.note(params.ablation.models)
    bars = f"Accuracy: {params.classify.runs} runs, bars are {OVER_ROWS}."
    loss = vector_figures.sgns_loss(found, params)
    add("sgns_loss", "SGNS loss per positive pair", loss, of_main)
    lens = vector_figures.through_the_lens(found)
    title = "The vectors' geometry by R and K, and what it buys"
    add("lens", title, lens, f"{of_grid} {bars}")
    title = "Learned scores against the theory's optimum, PMI - log K"
    add("theory", title, vector_figures.against_theory(found), of_grid)
    scores = vector_figures.scores_against_pmi(found, params)
    add("scores", "Scores of frequent pairs against their PMI", scores, "1 run.")
    add("words", "A map of frequent words", vector_figures.word_map(found), "1 run.")
