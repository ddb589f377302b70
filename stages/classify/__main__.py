"""``python -m stages.classify train --vectors FOLDER --budget N --out FOLDER``: one label budget.

``python -m stages.classify predict TEXT``: the class of a text, by a classifier kept from that.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from stages import artifacts
from stages.console import StageError, progress, run_stage, say
from stages.params import Params, load_params

if TYPE_CHECKING:
    from stages.classify.experiment import Job, Outcome

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
    "unknown_share",
)
HISTORY_COLUMNS = ("budget", "method", "seed", "epoch", "train_loss", "val_loss", "val_accuracy")
ATTENTION_COLUMNS = ("budget", "method", "class", "word", "share", "occurrences")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.classify", description="What word vectors buy a classifier."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train some methods, at a label budget or at all")
    train.add_argument("--methods", nargs="+", required=True, help="what to compare")
    train.add_argument("--vectors", type=Path, help="folder that sgns wrote, if a method reads it")
    train.add_argument("--name", help="of the method word2vec in the results (default: its own)")
    train.add_argument("--budget", type=int, help="labelled examples (default: classify.budgets)")
    train.add_argument("--keep", action="store_true", help="keep run 0 of vanilla and word2vec")
    train.add_argument("--out", type=Path, required=True, help="folder to write")
    predict = commands.add_parser("predict", help="classify texts, or the lines of standard input")
    predict.add_argument("texts", nargs="*", metavar="TEXT")
    predict.add_argument("--model", type=Path, help="folder (default: that of the largest budget)")
    predict.add_argument("--json", action="store_true", help="print a JSON object a text")
    return parser.parse_args()


def jobs_of(options: argparse.Namespace, params: Params) -> list["Job"]:
    """Return every run that is asked for; raises StageError for a wrong option."""
    # Torch takes seconds to import: only now, when the parameters are known to be good.
    from stages.classify.experiment import METHODS, WITHOUT_VECTORS, Job

    vectors = tuple(artifacts.model_folders(options.vectors)) if options.vectors else ()
    for method in options.methods:
        if method not in METHODS:
            raise StageError(f"--methods has {method!r}, but knows only {', '.join(METHODS)}.")
        if method not in WITHOUT_VECTORS and not vectors:
            raise StageError(f"the method {method} needs --vectors, a folder that sgns wrote.")
    if options.name in METHODS:
        raise StageError(f"the name {options.name} is taken by a method; choose another.")
    budgets = [options.budget] if options.budget is not None else params.classify.budgets
    return [
        Job(
            options.name if options.name and method == "word2vec" else method,
            run,
            budget,
            () if method in WITHOUT_VECTORS else vectors,
            params,
            options.keep and run == 0 and method in ("vanilla", "word2vec"),
        )
        for budget in budgets
        for method in options.methods
        for run in range(params.classify.seeds)
    ]


def save(folder: Path, outcomes: Sequence["Outcome"], params: Params) -> None:
    """Write ``results.csv``, a line a run, and ``history.csv``, a line an epoch of a run.

    And where models were kept, ``attention.csv`` and the classifier that started as word2vec.
    """
    from stages.classify.saved import Splitting, write_classifier

    results, history, attention = [], [], []
    for outcome in outcomes:
        job, chosen, test = outcome.job, outcome.result.chosen, outcome.result.test
        valid = chosen.validation
        names = (job.budget, outcome.labels, job.method, job.run)
        scores = (valid.loss, valid.accuracy, test.loss, test.accuracy)
        results.append((*names, chosen.epoch, *scores, outcome.unknown))
        for e in outcome.result.history:
            losses = (e.epoch, e.train_loss, e.validation.loss, e.validation.accuracy)
            history.append((job.budget, job.method, job.run, *losses))
        if outcome.model is not None:
            attention += [(job.budget, job.method, *astuple(w)) for w in outcome.model.attended]
            if job.method == "word2vec":
                splitting = Splitting(params.tokenize.lowercase, params.tokenize.max_length)
                write_classifier(folder, outcome.model, splitting)
    artifacts.write_csv(folder / "results.csv", RESULT_COLUMNS, results)
    artifacts.write_csv(folder / "history.csv", HISTORY_COLUMNS, history)
    # Also where it has no line: no word may be frequent enough.
    if any(outcome.job.keep for outcome in outcomes):
        artifacts.write_csv(folder / "attention.csv", ATTENTION_COLUMNS, attention)


def train(options: argparse.Namespace) -> None:
    """Do all runs that are asked for and write what came of them."""
    params = load_params()
    if options.budget is not None and options.budget < 1:
        raise StageError(f"--budget is {options.budget}, but must be at least 1.")
    if options.vectors:
        artifacts.find_vectors(options.vectors)
    jobs = jobs_of(options, params)
    from stages.classify.experiment import run_jobs
    from stages.device import choose_device

    finished = run_jobs(jobs, choose_device(params.device))
    outcomes = list(progress(finished, "classify", "run", len(jobs)))
    order = {(job.budget, job.method, job.run): number for number, job in enumerate(jobs)}
    outcomes.sort(key=lambda o: order[o.job.budget, o.job.method, o.job.run])
    tell(outcomes)
    with artifacts.output_folder(options.out) as partial:
        save(partial, outcomes, params)


def tell(outcomes: Sequence["Outcome"]) -> None:
    """Print the mean test accuracy of each method at each budget."""
    together: dict[tuple[int, int, str], list[float]] = {}
    for outcome in outcomes:
        key = outcome.job.budget, outcome.labels, outcome.job.method
        together.setdefault(key, []).append(outcome.result.test.accuracy)
    for (budget, labels, method), accuracies in together.items():
        whole = f" (all there are, for a budget of {budget:,})" if labels < budget else ""
        mean = sum(accuracies) / len(accuracies)
        say(f"classify: {labels:,} labels{whole}, {method}: test accuracy {mean:.4f}")


def predict(options: argparse.Namespace) -> None:
    """Print what a kept classifier says of texts."""
    folder = options.model
    if folder is None:
        folder = artifacts.CLASSIFY / f"budget-{max(load_params().classify.budgets)}"
    # Before torch's slow import, so that a missing model is told at once.
    if artifacts.CLASSIFY in folder.parents and folder.name.startswith("budget-"):
        artifacts.require(folder / "classifier.safetensors", "classify")
    elif not (folder / "classifier.safetensors").exists():
        kept = artifacts.CLASSIFY / "budget-25000"
        raise StageError(f"{folder} has no classifier; they are in {kept} and its like.")
    from stages.classify.predict import show_predictions

    show_predictions(folder, options.texts or lines_of_input(), options.json)


def lines_of_input() -> Iterator[str]:
    """Yield the lines of standard input that are not empty; raises StageError if not UTF-8."""
    if sys.stdin.isatty():
        print("classify: reading texts, one a line, until end of input (Ctrl-D)", file=sys.stderr)
    for line in sys.stdin.buffer:
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            raise StageError("standard input is not UTF-8 text.") from None
        if text:
            yield text


def main() -> None:
    """Run the stage."""
    options = arguments()
    {"train": train, "predict": predict}[options.command](options)


if __name__ == "__main__":
    run_stage("classify", main)
