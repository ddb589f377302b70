"""The main experiment's task and results, as the studies read them."""

from collections.abc import Collection, Sequence

from stages.files.atomic import damaged, read_sealed_json
from stages.files.classifiers import (
    BUDGET,
    CLASSIFY,
    CLASSIFY_BASELINE,
    CLASSIFY_GRID,
    CLASSIFY_USUAL,
    METHOD,
)
from stages.files.methods import (
    TFIDF,
    TFIDF_BIGRAMS,
    VANILLA,
    VANILLA_DEFAULT,
    WORD2VEC,
    WORD2VEC_RAW,
)
from stages.files.raw import MANIFEST
from stages.files.vectors import SGNS_GRID, SGNS_MAIN
from stages.params.cell import Cell
from studies.runs import Runs, read_classified
from studies.saved import saved

PLACES = {  # of the methods that the studies look at, and the stage that each is of
    CLASSIFY: ("classify", (WORD2VEC,)),
    CLASSIFY_BASELINE: ("classify-baseline", (VANILLA, TFIDF, TFIDF_BIGRAMS)),
    CLASSIFY_USUAL: ("classify-usual", (WORD2VEC_RAW,)),
    CLASSIFY_USUAL / "baseline": ("classify-usual-baseline", (VANILLA_DEFAULT,)),
}


def home_task() -> str:
    """Return the name of the labelled data of the main experiment."""
    try:
        return str(read_sealed_json(MANIFEST, "download")["downstream"]["name"])
    except KeyError:
        raise damaged(MANIFEST, "download") from None


def results_at(task: str, budget: int, methods: Collection[str]) -> Runs:
    """Return the main experiment's runs of some methods at one budget."""
    main = saved(SGNS_MAIN)
    found = []
    for folder, (stage, its) in PLACES.items():
        if wanted := set(its) & set(methods):
            runs = read_classified(folder / f"budget-{budget}", task, main, stage)
            found.append(runs.where(runs.lines[METHOD].isin(wanted)))
    return Runs.joined(found)


def results_of_cell(task: str, cell: Cell, budgets: Sequence[int]) -> Runs:
    """Return the main experiment's runs of one cell of its grid, at some budgets."""
    trained = saved(SGNS_GRID / cell.name)
    runs = read_classified(CLASSIFY_GRID / cell.name, task, trained, "classify-grid")
    return runs.where(runs.lines[BUDGET].isin(budgets))
