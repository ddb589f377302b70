"""``python -m studies.grid``: accuracy and geometry over the whole grid of R and K.

The cross of it (R at K = 1, K at R = 5) is the main experiment's; the other cells' vectors are in
``studies/vectors``. Writes ``grid`` (a row a run) and ``studies/results/lens.csv`` (a row a model).
"""

import pandas as pd

from stages.console import run_stage
from stages.files.atomic import damaged, require, write_text
from stages.files.lens import DIAGNOSTIC_COLUMNS, LENS
from stages.files.methods import WORD2VEC
from stages.params.base import PositiveInt, Section
from stages.params.cell import Cell
from studies.classifiers import classify
from studies.home import home_task, results_of_cell
from studies.params import GridParams, load_studies
from studies.runs import LENS_TABLE, NEGATIVES, RADIUS, Runs
from studies.saved import CELLS, saved
from studies.workspace import DATA, Workspace, workspace


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    runs: PositiveInt
    grid: GridParams


def accuracy_of(place: Workspace, grid: GridParams, cell: Cell) -> Runs:
    """Return the runs of a cell at all budgets: the main experiment's, or new ones."""
    task = home_task()
    if cell.name not in grid.trained:
        return results_of_cell(task, cell, grid.budgets)
    trained = saved(CELLS / cell.name)
    return Runs.joined(
        [classify(place, task, [WORD2VEC], budget, trained) for budget in grid.budgets]
    )


def geometry_of(place: Workspace, grid: GridParams, cell: Cell) -> pd.DataFrame:
    """Return a cell's diagnostics, a row a model: the main experiment's, or new ones."""
    name = cell.name
    path = LENS / "grid" / name / "diagnostics.csv"
    if name in grid.trained:
        out = LENS / name
        place.run("stages.lens", "look", "--vectors", (CELLS / name).resolve(), "--out", out)
        path = place.root / out / "diagnostics.csv"
    try:
        found = pd.read_csv(require(path, "lens-grid"))[list(DIAGNOSTIC_COLUMNS)]
    except (ValueError, KeyError):
        raise damaged(path, "lens-grid") from None
    found.insert(0, NEGATIVES, cell.K)
    found.insert(0, RADIUS, cell.R)
    return found


def main() -> None:
    """Measure every cell that the main experiment did not."""
    params = load_studies(Settings)
    grid = params.grid
    with workspace("grid", {"classify.runs": params.runs}) as place:
        place.use_data(DATA)
        runs = Runs.joined([accuracy_of(place, grid, cell) for cell in grid.cells()])
        geometry = pd.concat([geometry_of(place, grid, cell) for cell in grid.cells()])
    runs.save("grid")
    write_text(LENS_TABLE, geometry.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    run_stage("studies.grid", main)
