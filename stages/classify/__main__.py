"""``python -m stages.classify --vectors FOLDER --budget N --out FOLDER``: one label budget."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stages import artifacts
from stages.console import StageError, progress, run_stage, say
from stages.params import load_params

if TYPE_CHECKING:
    from stages.classify.experiment import Outcome

RESULT_COLUMNS = (
    "budget",
    "n_labels",
    "method",
    "seed",
    "epoch",
    "val_loss",
    "val_accuracy",
    "test_loss",
    "test_accuracy",
)
HISTORY_COLUMNS = ("budget", "method", "seed", "epoch", "train_loss", "val_loss", "val_accuracy")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.classify", description=__doc__)
    parser.add_argument("--vectors", type=Path, required=True, help="folder that sgns wrote")
    parser.add_argument("--budget", type=int, required=True, help="labelled examples, at least 1")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--methods", nargs="+", help="of vanilla, word2vec, tfidf; default: all")
    return parser.parse_args()


def save(folder: Path, outcomes: Sequence["Outcome"]) -> None:
    """Write ``results.csv``, a line a run, and ``history.csv``, a line an epoch of a run."""
    results, history = [], []
    for outcome in outcomes:
        job, chosen, test = outcome.job, outcome.result.chosen, outcome.result.test
        valid = chosen.validation
        names = (job.budget, outcome.labels, job.method, job.run)
        scores = (valid.loss, valid.accuracy, test.loss, test.accuracy)
        results.append((*names, chosen.epoch, *scores))
        for e in outcome.result.history:
            losses = (e.epoch, e.train_loss, e.validation.loss, e.validation.accuracy)
            history.append((job.budget, job.method, job.run, *losses))
    artifacts.write_csv(folder / "results.csv", RESULT_COLUMNS, results)
    artifacts.write_csv(folder / "history.csv", HISTORY_COLUMNS, history)


def main() -> None:
    """Run the stage."""
    options = arguments()
    params = load_params()
    if options.budget < 1:
        raise StageError(f"--budget is {options.budget}, but must be at least 1.")
    vectors = tuple(artifacts.model_folders(options.vectors))

    # Torch takes seconds to import: only now, when parameters and inputs are known to be good.
    from stages.classify.experiment import METHODS, Job, run_jobs
    from stages.device import choose_device

    methods = options.methods or list(METHODS)
    for method in methods:
        if method not in METHODS:
            raise StageError(f"--methods has {method!r}, but knows only {', '.join(METHODS)}.")
    jobs = [
        Job(method, run, options.budget, vectors, params)
        for method in methods
        for run in range(params.classify.seeds)
    ]
    finished = run_jobs(jobs, choose_device(params.device))
    outcomes = list(progress(finished, f"classify {options.budget}", "run", len(jobs)))
    outcomes.sort(key=lambda outcome: (methods.index(outcome.job.method), outcome.job.run))
    labels = outcomes[0].labels
    if labels < options.budget:
        say(
            f"classify: only {labels:,} labelled examples for a budget of {options.budget:,}: "
            "using all of them"
        )
    for method in methods:
        accuracies = [o.result.test.accuracy for o in outcomes if o.job.method == method]
        mean = sum(accuracies) / len(accuracies)
        say(f"classify: {labels:,} labels, {method}: test accuracy {mean:.4f}")
    with artifacts.output_folder(options.out) as partial:
        save(partial, outcomes)


if __name__ == "__main__":
    run_stage("classify", main)
