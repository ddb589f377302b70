"""All figures, each with its title and a sentence on how to read it."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from stages.check.whole import Params
from stages.report import figures, style, vector_figures
from stages.report.findings import Findings
from stages.report.tables import Tables
from stages.results.classifiers import BUDGET, N_LABELS

OVER_RUNS = "95 % intervals over runs"
OVER_ROWS = "95 % intervals over runs and test rows"
OVER_MODELS = "95 % intervals over models"


@dataclass(frozen=True)
class Picture:
    """A figure.

    name: of its file. caption: how to read it. runs: runs, or SGNS models, that it shows.
    intervals: what its bands or bars are; "": it has none. more: said beside them.
    """

    name: str
    title: str
    caption: str
    figure: Figure
    runs: int
    intervals: str = OVER_ROWS
    more: str = ""


def all_pictures(found: Findings, params: Params, source: str) -> list[Picture]:
    """Return every figure, the most telling first; ``source`` names the data."""
    with style.look():
        pictures = [*_of_results(found, params), *_of_vectors(found, params)]
        for picture in pictures:
            note = style.note(source, picture.runs, picture.intervals)
            style.finish(picture.figure, picture.title, f"{note} {picture.more}".strip())
    return pictures


def _of_results(found: Findings, params: Params) -> list[Picture]:
    runs = params.classify.runs
    most = int(found.tables.results[N_LABELS].max())
    ablated = f"at {found.intervals.fewest:,} labels"
    shown = [
        Picture(
            "accuracy_by_labels",
            "Test accuracy against number of labels",
            "Mean test accuracy; below, word2vec minus vanilla, paired by run and test row.",
            figures.accuracy_by_labels(found),
            runs,
        ),
        Picture(
            "parts",
            "Where the usual gain comes from",
            "Raw vectors minus default random rows by an untuned recipe, and the three parts that "
            "this sums.",
            figures.parts(found),
            runs,
        ),
        Picture(
            "grid",
            "Test accuracy by R and by K",
            "A line for each value of the other that several cells share, and vanilla.",
            figures.grid(found),
            runs,
            more="Differences are paired: see the claims.",
        ),
        Picture(
            "variants",
            "What the vectors are learned from, and how",
            "Gain over vanilla of vectors learned from other text, or with another objective.",
            figures.other_vectors(found, params),
            runs,
        ),
        Picture(
            "attention",
            f"What each class attends to, {most:,} labels, word2vec",
            "Mean attention of a class's query to a word, over validation rows of that class.",
            figures.attention(found.tables),
            1,
            intervals="",
        ),
    ]
    for budget in sorted(params.classify.budgets, reverse=True):
        shown.append(
            Picture(
                f"curves_{budget}",
                _labels_title(found.tables, budget),
                "Validation accuracy and loss by epoch.",
                figures.curves_at(found, budget),
                runs,
                OVER_RUNS,
            )
        )
    for axis, name in (("R", "context radius R"), ("K", "negatives per positive K")):
        shown.append(
            Picture(
                f"curves_by_{axis}",
                f"By {name}, {ablated}",
                f"The same for each {axis}, the other one fixed; vanilla for reference.",
                figures.curves_by(found, params, axis),
                runs,
                OVER_RUNS,
            )
        )
    return shown


def _of_vectors(found: Findings, params: Params) -> list[Picture]:
    in_grid = params.ablation.models
    return [
        Picture(
            "sgns_loss",
            "SGNS loss per positive pair",
            "A larger K has more terms in its loss; losses of different K do not compare.",
            vector_figures.sgns_loss(found, params),
            params.sgns.models,
            OVER_MODELS,
        ),
        Picture(
            "lens",
            "The vectors' geometry by R and K, and what it buys",
            "Wang and Isola's measures; the narrow cone of centre and context vectors; accuracy.",
            vector_figures.through_the_lens(found),
            in_grid,
            intervals="",
            more=f"Accuracy: {params.classify.runs} runs, bars are {OVER_ROWS}.",
        ),
        Picture(
            "theory",
            "Learned scores against the theory's optimum, PMI - log K",
            "Regression of scores on PMI, and how far the loss stays above its floor.",
            vector_figures.against_theory(found),
            in_grid,
            intervals="",
        ),
        Picture(
            "scores",
            "Scores of frequent pairs against their PMI",
            "On the dotted line training would have reached the optimum of Levy and Goldberg.",
            vector_figures.scores_against_pmi(found.tables, params),
            1,
        ),
        Picture(
            "words",
            "A map of frequent words",
            "Words that lie together have similar vectors: parts of a tree by Ward's method.",
            vector_figures.word_map(found),
            1,
        ),
    ]


def _labels_title(tables: Tables, budget: int) -> str:
    labels = int(tables.results[tables.results[BUDGET] == budget][N_LABELS].iloc[0])
    whole = "" if labels == budget else f" (the whole pool; the budget was {budget:,})"
    return f"word2vec against vanilla, {labels:,} labels{whole}"
