"""``python -m studies.travel_home``: what ``travel`` asks, of the main experiment's own task.

Nothing is run anew: the main experiment and the study ``grid`` have it.
"""

from collections.abc import Iterator

from stages.console import run_stage
from stages.files.classifiers import (
    BUDGET,
    CLASSIFY,
    CLASSIFY_BASELINE,
    CLASSIFY_USUAL,
    CLASSIFY_VARIANT,
    METHOD,
)
from stages.files.methods import TFIDF, VANILLA, VANILLA_DEFAULT, WORD2VEC, WORD2VEC_RAW
from stages.files.vectors import SGNS_MAIN, SGNS_VARIANT
from stages.params.base import Section, load_sections
from stages.params.classify import ClassifyParams
from studies.home import home_task
from studies.params import TravelParams, load_studies
from studies.runs import IN_DOMAIN, NEGATIVES, RADIUS, Runs, read_classified, read_runs
from studies.saved import saved

NAME = "travel-home"
VARIANT = IN_DOMAIN  # its name among ``variants``
PLACES = {  # of the methods that are compared
    CLASSIFY: (WORD2VEC,),
    CLASSIFY_BASELINE: (VANILLA, TFIDF),
    CLASSIFY_USUAL: (WORD2VEC_RAW,),
    CLASSIFY_USUAL / "baseline": (VANILLA_DEFAULT,),
}


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    travel: TravelParams


class MainSettings(Section):
    """What it reads of ``params.yaml``."""

    classify: ClassifyParams


def compared(task: str, budget: int) -> Iterator[Runs]:
    """Yield the main experiment's runs of every method that is compared, at one budget."""
    main = saved(SGNS_MAIN)
    for folder, methods in PLACES.items():
        runs = read_classified(folder / f"budget-{budget}", task, main)
        yield runs.where(runs.lines[METHOD].isin(methods))


def with_in_domain(task: str) -> Runs:
    """Return the runs that start from vectors of the labelled pool's text."""
    trained = saved(SGNS_VARIANT / VARIANT, IN_DOMAIN)
    runs = read_classified(CLASSIFY_VARIANT / VARIANT, task, trained)
    return Runs(runs.lines.assign(**{METHOD: WORD2VEC}), runs.correct)


def from_grid(travel: TravelParams, budget: int) -> Runs:
    """Return the cells of the study ``grid`` that are tried elsewhere too, but for the main one."""
    runs, main = read_runs("grid"), saved(SGNS_MAIN)
    radius, negatives = runs.lines[RADIUS], runs.lines[NEGATIVES]
    is_main = (radius == main.R) & (negatives == main.K)
    wanted = radius.isin(travel.R) & negatives.isin(travel.K) & ~is_main
    return runs.where(wanted & (runs.lines[BUDGET] == budget))


def main() -> None:
    """Collect it all."""
    task = home_task()
    travel = load_studies(Settings).travel
    budgets = load_sections(MainSettings).classify.budgets
    parts = [runs for budget in budgets for runs in compared(task, budget)]
    parts += [with_in_domain(task), from_grid(travel, min(budgets))]
    Runs.joined(parts).save(NAME)


if __name__ == "__main__":
    run_stage("studies.travel_home", main)
