"""``python -m studies.travel TASK``: the main experiment's questions on another task."""

import argparse

from stages.ablation.cell import Cell
from stages.core.console import StageError, run_stage
from stages.core.params import PositiveInt, Section
from stages.results.methods import (
    TFIDF,
    TFIDF_BIGRAMS,
    VANILLA,
    VANILLA_DEFAULT,
    WORD2VEC,
    WORD2VEC_RAW,
)
from stages.vectors.vectors import SGNS_GRID, SGNS_MAIN
from studies.classifiers import classify
from studies.params import TaskParams, TravelParams, load_studies
from studies.runs import Runs, Trained
from studies.saved import CELLS, saved
from studies.workspace import TASKS, Workspace, workspace

METHODS = (WORD2VEC, VANILLA, TFIDF, TFIDF_BIGRAMS, VANILLA_DEFAULT, WORD2VEC_RAW)


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    runs: PositiveInt
    travel: TravelParams


def arguments(program: str, description: str) -> argparse.Namespace:
    """Parse a command line that names a task."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("task", help="a key of travel.tasks")
    return parser.parse_args()


def own_params(task: str, travel: TravelParams) -> TaskParams:
    """Return what is special about a task; raises StageError if it is none of ``travel``."""
    if task not in travel.tasks:
        raise StageError(f"{task} is no key of travel.tasks, which has {', '.join(travel.tasks)}.")
    return travel.tasks[task]


def vectors_of(cell: Cell, travel: TravelParams) -> Trained:
    """Return the main text's vectors of an R and K, of the main experiment or trained for this."""
    return saved((CELLS if cell.name in travel.trained else SGNS_GRID) / cell.name)


def measure(place: Workspace, task: str, travel: TravelParams) -> Runs:
    """Return all runs of a task."""
    own, main = own_params(task, travel), saved(SGNS_MAIN)
    parts = [classify(place, task, METHODS, budget, main) for budget in own.budgets]
    others = [cell for cell in travel.cells() if cell != (main.R, main.K)]
    fewest = min(own.budgets)
    parts += [
        classify(place, task, [WORD2VEC], fewest, vectors_of(cell, travel)) for cell in others
    ]
    return Runs.joined(parts)


def main() -> None:
    """Measure a task."""
    task = arguments("studies.travel", "The same questions on another task.").task
    params = load_studies(Settings)
    own_params(task, params.travel)
    with workspace(f"travel-{task}", {"classify.runs": params.runs}) as place:
        place.use_data(TASKS / task)
        runs = measure(place, task, params.travel)
    runs.save(f"travel/{task}")


if __name__ == "__main__":
    run_stage("studies.travel", main)
