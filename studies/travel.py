"""``python -m studies.travel TASK``: the main experiment's questions on another task.

``python -m studies.travel home``: the same of its own task. Its results are collected; only the
cells of R and K that it does not have are run.
"""

import sys
from pathlib import Path

from stages.core.console import StageError, run_stage
from stages.results import methods
from stages.results.classifiers import CLASSIFY_VARIANT, METHOD
from stages.results.methods import WORD2VEC
from stages.vectors.vectors import SGNS_GRID, SGNS_MAIN, SGNS_VARIANT
from studies.classifiers import classify
from studies.params import StudyParams, TravelParams, load_studies
from studies.runs import (
    IN_DOMAIN,
    Runs,
    Trained,
    home_task,
    read_classified,
    results_at,
    results_of,
)
from studies.workspace import DATA, TASKS, workspace

CELLS = Path("studies/vectors")  # those that the main experiment does not train
METHODS = (
    *(WORD2VEC, methods.VANILLA, methods.TFIDF, methods.TFIDF_BIGRAMS),
    *(methods.VANILLA_DEFAULT, methods.WORD2VEC_RAW),
)


def others(travel: TravelParams) -> list[Trained]:
    """Return the main text's vectors of every R and K but the main ones."""
    main = Trained.of(SGNS_MAIN).cell
    names = [cell.name for cell in travel.cells() if cell != main]
    return [Trained.of((CELLS if name in travel.trained else SGNS_GRID) / name) for name in names]


def of_task(params: StudyParams, task: str) -> Runs:
    """Run all methods at every budget, and other R and K at the fewest labels."""
    budgets, main = params.travel.tasks[task].budgets, Trained.of(SGNS_MAIN)
    with workspace(f"travel-{task}", {"classify.runs": params.runs}, TASKS / task) as place:
        runs = [classify(place, task, METHODS, budget, main) for budget in budgets]
        for trained in others(params.travel):
            runs.append(classify(place, task, [WORD2VEC], min(budgets), trained))
    return Runs.joined(runs)


def of_home(params: StudyParams) -> Runs:
    """Collect what there is, the variant that starts from in-domain vectors too; run the rest."""
    task, near = home_task(), Trained.of(SGNS_VARIANT / IN_DOMAIN, IN_DOMAIN)
    variant = read_classified(CLASSIFY_VARIANT / IN_DOMAIN, task, near)
    with workspace("travel-home", {"classify.runs": params.runs}, DATA) as place:
        budgets = place.params["classify"]["budgets"]
        runs = [results_at(task, budget, METHODS) for budget in budgets]
        runs.append(Runs(variant.lines.assign(**{METHOD: WORD2VEC}), variant.correct))
        for trained in others(params.travel):
            if trained.folder.parent == CELLS:
                runs.append(classify(place, task, [WORD2VEC], min(budgets), trained))
            else:
                runs.append(results_of(task, trained.cell, min(budgets)))
    return Runs.joined(runs)


def main() -> None:
    """Measure what the command line names."""
    params = load_studies()
    match sys.argv[1:]:
        case ["home"]:
            of_home(params).save("travel-home")
        case [task] if task in params.travel.tasks:
            of_task(params, task).save(f"travel/{task}")
        case _:
            raise StageError(f"Name one: home, or one of {', '.join(params.travel.tasks)}.")


if __name__ == "__main__":
    run_stage("studies.travel", main)
