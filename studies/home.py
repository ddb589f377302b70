"""The main experiment's task and results, as the studies read them."""

from collections.abc import Sequence

from stages.files.atomic import damaged, read_json
from stages.files.classifiers import BUDGET, CLASSIFY_GRID
from stages.files.raw import MANIFEST
from stages.files.vectors import SGNS_GRID
from stages.params.cell import Cell
from studies.runs import Runs, read_classified
from studies.saved import saved


def home_task() -> str:
    """Return the name of the labelled data of the main experiment."""
    try:
        return str(read_json(MANIFEST, "download")["downstream"]["name"])
    except KeyError:
        raise damaged(MANIFEST, "download") from None


def results_of_cell(task: str, cell: Cell, budgets: Sequence[int]) -> Runs:
    """Return the main experiment's runs of one cell of its grid, at some budgets."""
    runs = read_classified(CLASSIFY_GRID / cell.name, task, saved(SGNS_GRID / cell.name))
    return runs.where(runs.lines[BUDGET].isin(budgets))
