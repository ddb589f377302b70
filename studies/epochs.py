"""``python -m studies.epochs``: accuracy and held-out loss against epochs of SGNS, for some K.

At a fixed number of epochs a larger K may just be further from the end of its training. Where the
curves stop rising, K is compared. At the number of epochs of the main experiment, its own vectors
and results are taken.
"""

from collections.abc import Iterator

from stages.ablation.cell import Cell
from stages.core.console import run_stage
from stages.core.params import PositiveInt, Section
from stages.results.methods import WORD2VEC
from stages.vectors.vectors import SGNS_GRID
from studies.classifiers import classify
from studies.home import home_task, results_of_cell
from studies.params import EpochsParams, load_studies
from studies.runs import PRETRAIN, Runs
from studies.saved import saved
from studies.vectors import train
from studies.workspace import DATA, Workspace, workspace


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    runs: PositiveInt
    epochs: EpochsParams


def measure(place: Workspace, params: EpochsParams, negatives: int) -> Iterator[Runs]:
    """Yield the runs of one K, after each number of epochs of training."""
    task, cell = home_task(), Cell(params.R, negatives)
    main = saved(SGNS_GRID / cell.name)
    for epochs in params.epochs:
        if epochs == main.epochs:
            yield results_of_cell(task, cell, [params.budget])
            continue
        folder = train(place, PRETRAIN, cell, epochs=epochs, models=params.models)
        yield classify(place, task, [WORD2VEC], params.budget, saved(folder))


def main() -> None:
    """Measure every K and number of epochs."""
    params = load_studies(Settings)
    with workspace("epochs", {"classify.runs": params.runs}) as place:
        place.use_data(DATA)
        runs = [part for k in params.epochs.K for part in measure(place, params.epochs, k)]
    Runs.joined(runs).save("epochs")


if __name__ == "__main__":
    run_stage("studies.epochs", main)
