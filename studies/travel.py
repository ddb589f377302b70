"""``python -m studies.travel TASK``: the main experiment's questions on another task.

``python -m studies.travel home``: the same of its own task. Its results are collected; only the
cells of R and K that it does not have are run.
"""

import sys
from pathlib import Path

from stages.classify.params import ClassifyParams
from stages.core.console import StageError, run_stage
from stages.core.params import Section, load_sections
from stages.results.classifiers import CLASSIFY_VARIANT, METHOD
from stages.results.methods import (
    TFIDF,
    TFIDF_BIGRAMS,
    VANILLA,
    VANILLA_DEFAULT,
    WORD2VEC,
    WORD2VEC_RAW,
)
from stages.vectors.vectors import SGNS_GRID, SGNS_MAIN, SGNS_VARIANT
from studies.classifiers import classify
from studies.params import StudyParams, load_studies
from studies.runs import (
    IN_DOMAIN,
    Runs,
    Trained,
    home_task,
    read_classified,
    results_at,
    results_of_cell,
)
from studies.workspace import DATA, TASKS, workspace

CELLS = Path("studies/vectors")  # those that the main experiment does not train
METHODS = (WORD2VEC, VANILLA, TFIDF, TFIDF_BIGRAMS, VANILLA_DEFAULT, WORD2VEC_RAW)


class Settings(Section):
    """What this program reads of the main ``params.yaml``."""

    classify: ClassifyParams


def of_task(params: StudyParams, task: str) -> Runs:
    """Run all methods at every budget, and other R and K at the fewest labels."""
    budgets, main = params.travel.tasks[task].budgets, Trained.of(SGNS_MAIN)
    with workspace(f"travel-{task}", {"classify.runs": params.runs}, TASKS / task) as place:
        runs = [classify(place, task, METHODS, budget, main) for budget in budgets]
        for cell in params.travel.cells():
            if cell != main.cell:
                folder = CELLS if cell.name in params.travel.trained else SGNS_GRID
                trained = Trained.of(folder / cell.name)
                runs.append(classify(place, task, [WORD2VEC], min(budgets), trained))
    return Runs.joined(runs)


def of_home(params: StudyParams) -> Runs:
    """Collect what there is, the variant that starts from in-domain vectors too; run the rest."""
    task, budgets = home_task(), load_sections(Settings).classify.budgets
    near = Trained.of(SGNS_VARIANT / IN_DOMAIN, IN_DOMAIN)
    variant = read_classified(CLASSIFY_VARIANT / IN_DOMAIN, task, near)
    runs = [results_at(task, budget, METHODS) for budget in budgets]
    runs.append(Runs(variant.lines.assign(**{METHOD: WORD2VEC}), variant.correct))
    with workspace("travel-home", {"classify.runs": params.runs}, DATA) as place:
        for cell in params.travel.cells():
            if cell.name in params.travel.trained:
                trained = Trained.of(CELLS / cell.name)
                runs.append(classify(place, task, [WORD2VEC], min(budgets), trained))
            elif cell != Trained.of(SGNS_MAIN).cell:
                runs.append(results_of_cell(task, cell, [min(budgets)]))
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
            raise StageError(f"give it: home, or one of {', '.join(params.travel.tasks)}.")


if __name__ == "__main__":
    run_stage("studies.travel", main)
