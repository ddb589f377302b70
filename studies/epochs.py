"""``python -m studies.epochs``: accuracy and held-out loss against epochs of SGNS, for some K.

At a fixed number of epochs a larger K may just be further from the end of its training. Where the
curves stop rising, K is compared.
"""

from stages.console import run_stage
from stages.files.methods import WORD2VEC
from stages.params.base import PositiveInt, Section
from studies.classifiers import classify
from studies.home import home_task
from studies.params import EpochsParams, load_studies
from studies.runs import PRETRAIN, Runs
from studies.saved import saved
from studies.vectors import train
from studies.workspace import DATA, Workspace, workspace


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    runs: PositiveInt
    epochs: EpochsParams


def measure(place: Workspace, params: EpochsParams, negatives: int, epochs: int) -> Runs:
    """Train at one K for so many epochs, and return the runs that start from that."""
    folder = train(
        place, PRETRAIN, radius=params.R, negatives=negatives, epochs=epochs, models=params.models
    )
    return classify(place, home_task(), [WORD2VEC], params.budget, saved(folder))


def main() -> None:
    """Measure every K and number of epochs."""
    params = load_studies(Settings)
    with workspace("epochs", {"classify.runs": params.runs}) as place:
        place.use_data(DATA)
        runs = [
            measure(place, params.epochs, negatives, epochs)
            for negatives in params.epochs.K
            for epochs in params.epochs.epochs
        ]
    Runs.joined(runs).save("epochs")


if __name__ == "__main__":
    run_stage("studies.epochs", main)
