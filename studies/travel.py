"""``python -m studies.travel TASK``: the main experiment's questions on another task.

Of the main experiment's own task nothing is run anew: its results are collected.
"""

import argparse
from collections.abc import Iterator

from stages.console import StageError, run_stage
from stages.files.methods import TFIDF, VANILLA, VANILLA_DEFAULT, WORD2VEC, WORD2VEC_RAW
from stages.files.vectors import SGNS_GRID, SGNS_MAIN
from stages.params.base import PositiveInt, Section
from studies.classifiers import classify
from studies.params import GridParams, TaskParams, TravelParams, load_studies
from studies.runs import IN_DOMAIN, Runs, Trained
from studies.saved import CELLS, saved
from studies.vectors import train_best
from studies.workspace import TASKS, Workspace, workspace

METHODS = (WORD2VEC, VANILLA, TFIDF, VANILLA_DEFAULT, WORD2VEC_RAW)


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    runs: PositiveInt
    grid: GridParams
    travel: TravelParams


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.travel", description="The same questions on another task."
    )
    parser.add_argument("task", help="a key of travel.tasks")
    return parser.parse_args()


def cells(travel: TravelParams, grid: GridParams) -> Iterator[Trained]:
    """Yield the main text's vectors of every R and K that is tried."""
    for cell in travel.cells():
        yield saved((CELLS if cell.name in grid.trained else SGNS_GRID) / cell.name)


def in_domain(place: Workspace, own: TaskParams, models: int, main: Trained) -> Trained:
    """Train on the text of the labelled pool, at the main vectors' R and K."""
    folder = train_best(
        place, IN_DOMAIN,
        radius=main.R, negatives=main.K,
        epochs=own.epochs, models=models,
    )  # fmt: skip
    return saved(folder, IN_DOMAIN)


def measure(place: Workspace, task: str, own: TaskParams, params: Settings) -> Runs:
    """Return all runs of a task."""
    main = saved(SGNS_MAIN)
    near = in_domain(place, own, params.travel.models, main)
    parts = []
    for budget in own.budgets:
        parts.append(classify(place, task, METHODS, budget, main))
        parts.append(classify(place, task, [WORD2VEC], budget, near))
    for trained in cells(params.travel, params.grid):
        if (trained.R, trained.K) != (main.R, main.K):
            parts.append(classify(place, task, [WORD2VEC], min(own.budgets), trained))
    return Runs.joined(parts)


def main() -> None:
    """Measure a task."""
    task = arguments().task
    params = load_studies(Settings)
    if task not in params.travel.tasks:
        known = ", ".join(params.travel.tasks)
        raise StageError(f"{task} is no key of travel.tasks, which has {known}.")
    own = params.travel.tasks[task]
    with workspace(f"travel-{task}", {"classify.runs": params.runs}) as place:
        place.use_data(TASKS / task)
        runs = measure(place, task, own, params)
    runs.save(f"travel/{task}")


if __name__ == "__main__":
    run_stage("studies.travel", main)
