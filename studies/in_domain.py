"""``python -m studies.in_domain TASK``: vectors of the text of a task's own labelled pool."""

from stages.ablation.cell import Cell
from stages.core.console import StageError, run_stage
from stages.core.params import PositiveInt, Section
from stages.results.methods import WORD2VEC
from stages.vectors.vectors import SGNS_MAIN
from studies.classifiers import classify
from studies.params import InDomainParams, TravelParams, load_studies
from studies.runs import IN_DOMAIN, Runs
from studies.saved import saved
from studies.travel import arguments, own_params
from studies.vectors import train_best
from studies.workspace import TASKS, workspace


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    runs: PositiveInt
    travel: TravelParams
    in_domain: InDomainParams


def main() -> None:
    """Train on the pool's text at the main vectors' R and K; classify at every budget."""
    task = arguments("studies.in_domain", "Vectors of a task's own text.").task
    params = load_studies(Settings)
    own, wanted, main_vectors = own_params(task, params.travel), params.in_domain, saved(SGNS_MAIN)
    if task not in wanted.epochs:
        raise StageError(f"{task} is no key of in_domain.epochs; say there how long to train.")
    with workspace(f"in-domain-{task}", {"classify.runs": params.runs}) as place:
        place.use_data(TASKS / task)
        cell = Cell(main_vectors.R, main_vectors.K)
        epochs = wanted.epochs[task]
        folder = train_best(place, IN_DOMAIN, cell, epochs=epochs, models=wanted.models)
        trained = saved(folder, IN_DOMAIN)
        runs = [classify(place, task, [WORD2VEC], budget, trained) for budget in own.budgets]
    Runs.joined(runs).save(f"in-domain/{task}")


if __name__ == "__main__":
    run_stage("studies.in_domain", main)
