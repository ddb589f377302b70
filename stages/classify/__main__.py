"""``python -m stages.classify train --vectors FOLDER --budget N --out FOLDER``: one label budget.

``python -m stages.classify predict TEXT``: the class of a text, by a classifier kept from that.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stages.classify.params import Settings
from stages.core.atomic import require
from stages.core.console import StageError, run_stage
from stages.core.params import load_sections
from stages.results.classifiers import CLASSIFIER_FILE, CLASSIFY
from stages.results.methods import METHODS, RANDOM_ARMS, VANILLA, WITHOUT_VECTORS, WORD2VEC
from stages.vectors.tokens import TOKENS
from stages.vectors.vectors import find_vectors, model_folders

if TYPE_CHECKING:
    from stages.classify.experiment import Job


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.classify", description="What word vectors buy a classifier."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train some methods, at a label budget or at all")
    train.add_argument("--methods", nargs="+", required=True, help="what to compare")
    train.add_argument("--vectors", type=Path, help="folder that sgns wrote, if a method reads it")
    train.add_argument("--corpus", help="text whose words get random rows, as sgns.corpus")
    train.add_argument("--dim", type=int, default=100, help="width of random rows (100)")
    train.add_argument("--name", help="of the method word2vec in the results (default: its own)")
    train.add_argument("--budget", type=int, help="labelled examples (default: classify.budgets)")
    train.add_argument("--grid", action="store_true", help="at ablation.budgets instead")
    train.add_argument("--keep", action="store_true", help="keep run 0 of vanilla and word2vec")
    train.add_argument("--out", type=Path, required=True, help="folder to write")
    predict = commands.add_parser("predict", help="classify texts, or the lines of standard input")
    predict.add_argument("texts", nargs="*", metavar="TEXT")
    predict.add_argument("--model", type=Path, help="folder (default: that of the largest budget)")
    predict.add_argument("--json", action="store_true", help="print a JSON object a text")
    return parser.parse_args()


def jobs_of(options: argparse.Namespace, params: Settings) -> list["Job"]:
    """Return every run that is asked for; raises StageError for a wrong option."""
    # Its libraries are slow to import: only now, when the parameters are known to be good.
    from stages.classify.experiment import Job

    vectors = tuple(model_folders(options.vectors)) if options.vectors else ()
    for method in options.methods:
        if method not in METHODS:
            raise StageError(f"--methods has {method!r}, but knows only {', '.join(METHODS)}.")
        if method not in WITHOUT_VECTORS and not vectors:
            raise StageError(f"the method {method} needs --vectors, a folder that sgns wrote.")
        if METHODS[method].arm in RANDOM_ARMS and not options.corpus:
            raise StageError(f"the method {method} needs --corpus, a folder of data/tokens.")
    if options.name in METHODS:
        raise StageError(f"the name {options.name} is taken by a method; choose another.")
    return [
        Job(
            options.name if options.name and method == WORD2VEC else method,
            run,
            budget,
            () if method in WITHOUT_VECTORS else vectors,
            params,
            TOKENS / options.corpus if METHODS[method].arm in RANDOM_ARMS else None,
            options.dim,
            options.keep and run == 0 and method in (VANILLA, WORD2VEC),
        )
        for budget in budgets_of(options, params)
        for method in options.methods
        for run in range(params.classify.runs)
    ]


def budgets_of(options: argparse.Namespace, params: Settings) -> list[int]:
    """Return the label budgets; the grid's are read only where they are asked for."""
    if options.budget is not None:
        return [options.budget]
    if options.grid:
        from stages.classify.grid import grid_budgets

        return grid_budgets()
    return params.classify.budgets


def train(options: argparse.Namespace) -> None:
    """Do all runs that are asked for and write what came of them."""
    params = load_sections(Settings)
    for name in ("budget", "dim"):
        number = getattr(options, name)
        if number is not None and number < 1:
            raise StageError(f"--{name} is {number}, but must be at least 1.")
    if options.vectors:
        find_vectors(options.vectors)
    jobs = jobs_of(options, params)
    from stages.classify.stage import run

    run(jobs, params, options.out)


def predict(options: argparse.Namespace) -> None:
    """Print what a kept classifier says of texts."""
    folder = options.model
    if folder is None:
        folder = CLASSIFY / f"budget-{max(load_sections(Settings).classify.budgets)}"
    # Before slow imports, so that a missing model is told at once.
    if CLASSIFY in folder.parents and folder.name.startswith("budget-"):
        require(folder / CLASSIFIER_FILE)
    elif not (folder / CLASSIFIER_FILE).exists():
        kept = CLASSIFY / "budget-N"
        raise StageError(f"{folder} has no classifier; they are in {kept}, N of classify.budgets.")
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
