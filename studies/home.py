"""The main experiment's task and results, as the studies read them."""

from collections.abc import Collection, Sequence

from stages.ablation.cell import Cell
from stages.results.classifiers import (
    BUDGET,
    CLASSIFY,
    CLASSIFY_BASELINE,
    CLASSIFY_GRID,
    CLASSIFY_USUAL,
    METHOD,
)
from stages.results.methods import (
    TFIDF,
    TFIDF_BIGRAMS,
    VANILLA,
    VANILLA_DEFAULT,
    WORD2VEC,
    WORD2VEC_RAW,
)
from stages.texts.raw import read_manifest
from stages.vectors.vectors import SGNS_GRID, SGNS_MAIN
from studies.runs import Runs, read_classified
from studies.saved import saved

PLACES = {  # of the methods that the studies look at
    CLASSIFY: (WORD2VEC,),
    CLASSIFY_BASELINE: (VANILLA, TFIDF, TFIDF_BIGRAMS),
    CLASSIFY_USUAL: (WORD2VEC_RAW,),
    CLASSIFY_USUAL / "baseline": (VANILLA_DEFAULT,),
}


def home_task() -> str:
    """Return the name of the labelled data of the main experiment."""
    return str(read_manifest()["downstream"]["name"])


def results_at(task: str, budget: int, methods: Collection[str]) -> Runs:
    """Return the main experiment's runs of some methods at one budget."""
    main = saved(SGNS_MAIN)
    found = []
    for folder, its in PLACES.items():
        if wanted := set(its) & set(methods):
            runs = read_classified(folder / f"budget-{budget}", task, main)
            found.append(runs.where(runs.lines[METHOD].isin(wanted)))
    return Runs.joined(found)


def results_of_cell(task: str, cell: Cell, budgets: Sequence[int]) -> Runs:
    """Return the main experiment's runs of one cell of its grid, at some budgets."""
    trained = saved(SGNS_GRID / cell.name)
    runs = read_classified(CLASSIFY_GRID / cell.name, task, trained)
    return runs.where(runs.lines[BUDGET].isin(budgets))
