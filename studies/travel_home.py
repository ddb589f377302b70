"""``python -m studies.travel_home``: what ``travel`` asks, of the main experiment's own task.

Its results are collected; only the cells of R and K that it does not have are run.
"""

from collections.abc import Iterator

from stages.classify.params import ClassifyParams
from stages.core.console import run_stage
from stages.core.params import PositiveInt, Section, load_sections
from stages.results.classifiers import CLASSIFY_VARIANT, METHOD
from stages.results.methods import WORD2VEC
from stages.vectors.vectors import SGNS_MAIN, SGNS_VARIANT
from studies.classifiers import classify
from studies.home import home_task, results_at, results_of_cell
from studies.params import TravelParams, load_studies
from studies.runs import IN_DOMAIN, Runs, read_classified
from studies.saved import saved
from studies.travel import METHODS, vectors_of
from studies.workspace import DATA, Workspace, workspace

NAME = "travel-home"
VARIANT = IN_DOMAIN  # its name among ``variants``


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    runs: PositiveInt
    travel: TravelParams


class MainSettings(Section):
    """What it reads of ``params.yaml``."""

    classify: ClassifyParams


def with_in_domain(task: str) -> Runs:
    """Return the runs that start from vectors of the labelled pool's text."""
    trained = saved(SGNS_VARIANT / VARIANT, IN_DOMAIN)
    runs = read_classified(CLASSIFY_VARIANT / VARIANT, task, trained)
    return Runs(runs.lines.assign(**{METHOD: WORD2VEC}), runs.correct)


def other_cells(place: Workspace, task: str, travel: TravelParams, budget: int) -> Iterator[Runs]:
    """Yield the runs of every R and K but the main one, at one budget."""
    main = saved(SGNS_MAIN)
    for cell in travel.cells():
        if cell.name in travel.trained:
            yield classify(place, task, [WORD2VEC], budget, vectors_of(cell, travel))
        elif cell != (main.R, main.K):
            yield results_of_cell(task, cell, [budget])


def main() -> None:
    """Collect it all."""
    task = home_task()
    params = load_studies(Settings)
    budgets = load_sections(MainSettings).classify.budgets
    parts = [results_at(task, budget, METHODS) for budget in budgets]
    parts.append(with_in_domain(task))
    with workspace(NAME, {"classify.runs": params.runs}) as place:
        place.use_data(DATA)
        parts += other_cells(place, task, params.travel, min(budgets))
    Runs.joined(parts).save(NAME)


if __name__ == "__main__":
    run_stage("studies.travel_home", main)
