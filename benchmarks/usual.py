"""How the usual gain hangs on the learning rate: ``python -m benchmarks.usual``.

The usual recipe at other learning rates; the smaller one is, the more steps it gets, so that no
arm is starved. Writes test accuracies of all four arms, and the gains, as means over runs.
"""

from itertools import product

import numpy as np

from benchmarks.corpus import save_table
from stages.classify.experiment import Job, run_jobs
from stages.classify.params import Settings
from stages.core.console import run_stage
from stages.core.device import chosen_device
from stages.core.params import load_sections
from stages.results.methods import METHODS, USUAL
from stages.vectors.vectors import SGNS_MAIN, model_folders

BUDGETS = (500, 5000)
RUNS = 2
STEPS = {0.0003: 3500, 0.001: 1700, 0.003: 1000, 0.01: 700}  # by learning rate, at least
METHODS_OF_USUAL = [name for name, method in METHODS.items() if method.recipe == USUAL]
COLUMNS = [
    *("budget", "lr", "steps", *METHODS_OF_USUAL),
    *("gain_as_usual", "gain_at_equal_length"),
]


def jobs(params: Settings, budget: int, lr: float) -> list[Job]:
    """Return the runs of all four arms; of the vectors, vanilla takes only words and width."""
    usual = params.usual.model_copy(update={"lr": lr, "epochs": 1, "min_steps": STEPS[lr]})
    changed = params.model_copy(update={"usual": usual})
    vectors = tuple(model_folders(SGNS_MAIN))
    runs = product(METHODS_OF_USUAL, range(RUNS))
    return [Job(method, run, budget, vectors, changed) for method, run in runs]


def main() -> None:
    """Run them all, print and save the scores."""
    params = load_sections(Settings)
    table: list[list[object]] = []
    for budget in BUDGETS:
        for lr, steps in STEPS.items():
            found: dict[str, list[float]] = {name: [] for name in METHODS_OF_USUAL}
            for outcome in run_jobs(jobs(params, budget, lr), chosen_device(params.device)):
                found[outcome.job.method].append(outcome.result.test.accuracy)
            mean = {name: 100 * float(np.mean(scores)) for name, scores in found.items()}
            gains = (
                mean["word2vec-raw"] - mean["vanilla-default"],
                mean["word2vec-usual"] - mean["vanilla-usual"],
            )
            accuracies = [f"{mean[name]:.2f}" for name in METHODS_OF_USUAL]
            table.append([budget, lr, steps, *accuracies, *(f"{gain:+.2f}" for gain in gains)])
    save_table("usual_lr.csv", COLUMNS, table)


if __name__ == "__main__":
    run_stage("usual", main)
