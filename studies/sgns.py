"""Studies that train SGNS: ``python -m studies.sgns text``, ``epochs``, ``in-domain TASK``, ...

text: how much does it take? SGNS learns from a part of the main text's rows (paragraphs), chosen at
random so that a smaller part is in every larger one, and kept in their order. Windows never cross a
row, so a row is the unit that training knows. Both arms know the words of that part, by the same
rule. Of the whole text, the main experiment has the results.

subwords: does it help that no token is unknown? Both arms on pieces of words, beside the main
experiment's on words.

epochs: accuracy and held-out loss against epochs of SGNS, for some K. At a fixed number of epochs a
larger K may just be further from the end of its training. Where the curves stop rising, K is
compared. At the number of epochs of the main experiment, its own vectors and results are taken.

in-domain: vectors of the text of a task's own labelled pool.
"""

import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from stages.ablation.cell import Cell
from stages.core.console import StageError, run_stage, say
from stages.core.randomness import stream
from stages.results.methods import VANILLA, WORD2VEC
from stages.texts.raw import RAW_DOWNSTREAM, read_raw_text, write_raw_text
from stages.vectors.vectors import SGNS_GRID, SGNS_MAIN, VALIDATION_LOSS, last_loss
from studies.classifiers import classify
from studies.params import EpochsParams, PartParams, StudyParams, load_studies
from studies.runs import (
    IN_DOMAIN,
    PART,
    PRETRAIN,
    SUBWORDS,
    Runs,
    Trained,
    home_task,
    results_at,
    results_of,
)
from studies.workspace import DATA, TASKS, TEXT, Workspace, workspace

ARMS = (WORD2VEC, VANILLA)  # of ``text``
ROWS = "text.rows"  # random stream


def train(place: Workspace, corpus: str, cell: Cell, *, epochs: int, models: int) -> Path:
    """Train models on one of the workspace's corpora; return their folder."""
    name = Path("models/sgns") / f"{corpus}-{cell.name}-{epochs}-epochs"
    place.change({"sgns.epochs": epochs})
    place.run(
        "stages.sgns", "train", "--cell", cell.name, "--corpus", corpus,
        "--objective", "nce", "--models", models, "--out", name,
    )  # fmt: skip
    return place.root / name


def train_best(place: Workspace, corpus: str, *, epochs: Sequence[int], models: int) -> Path:
    """Train at the main R and K, with the epochs that have the least loss on held-out text.

    Short text needs more epochs, or training ends before it has begun; too many learn it by
    heart. One model is tried at each number, for models differ in this loss by less than what
    matters; no label takes part.
    """
    cell = Trained.of(SGNS_MAIN).cell
    losses = {}
    for number in epochs if len(epochs) > 1 else ():
        folder = train(place, corpus, cell, epochs=number, models=1)
        losses[number] = last_loss(folder, VALIDATION_LOSS)
        say(f"studies: {corpus}, {number} epochs: held-out loss {losses[number]:.4f}")
    best = min(epochs, key=lambda number: losses.get(number, 0.0))
    return train(place, corpus, cell, epochs=best, models=models)


def part_of(rows: list[str], part: int, seed: int = 0) -> list[str]:
    """Return one row in ``part``, at random, in their order; those of part 2 n are in those of n.

    Rows without a word count too: they are spread over all the text alike.
    """
    order = stream(ROWS, seed).permutation(len(rows))
    return [rows[i] for i in np.sort(order[: -(-len(rows) // part)])]


def from_part(params: StudyParams, of: PartParams) -> Runs:
    """Learn from a part of the text, and return the runs of both arms."""
    with workspace(f"text-{of.part}", {"classify.runs": params.runs}) as place:
        place.bring("labels", RAW_DOWNSTREAM)
        rows = part_of(read_raw_text("train") or [], of.part)
        write_raw_text(place.texts / TEXT, "train", rows)
        place.run("stages.download")
        place.run("stages.tokenize")
        folder = train_best(place, PRETRAIN, epochs=of.epochs, models=params.text.models)
        trained = Trained.of(folder, part=of.part)
        return classify(place, home_task(), ARMS, params.text.budget, trained)


def text(params: StudyParams) -> Runs:
    """Measure every part, and take the whole; vanilla's runs too are of a part, for its words."""
    found = {of.part: from_part(params, of) for of in params.text.parts}
    found[1] = results_at(home_task(), params.text.budget, ARMS)
    parts = [Runs(runs.lines.assign(**{PART: part}), runs.correct) for part, runs in found.items()]
    return Runs.joined(parts)


def subwords(params: StudyParams) -> Runs:
    """Measure both arms on pieces of words at every budget, and take those on words."""
    main, task = Trained.of(SGNS_MAIN), home_task()
    changes = {"tokenize.kind": SUBWORDS, "tokenize.pieces": params.subwords.pieces}
    with workspace(SUBWORDS, {"classify.runs": params.runs, **changes}) as place:
        place.bring("labels", RAW_DOWNSTREAM)
        place.run("stages.download")
        place.run("stages.tokenize")
        models = len(main.loss)
        trained = Trained.of(train(place, PRETRAIN, main.cell, epochs=main.epochs, models=models))
        budgets = place.params["classify"]["budgets"]
        runs = [classify(place, task, ARMS, budget, trained) for budget in budgets]
    return Runs.joined([*runs, *(results_at(task, budget, ARMS) for budget in budgets)])


def after(place: Workspace, params: EpochsParams, cell: Cell, epochs: int) -> Runs:
    """Return the runs of one K after so many epochs of training."""
    task = home_task()
    if epochs == Trained.of(SGNS_GRID / cell.name).epochs:
        return results_of(task, cell, params.budget)
    folder = train(place, PRETRAIN, cell, epochs=epochs, models=params.models)
    return classify(place, task, [WORD2VEC], params.budget, Trained.of(folder))


def epochs(params: StudyParams) -> Runs:
    """Measure every K and number of epochs."""
    its = params.epochs
    with workspace("epochs", {"classify.runs": params.runs}, DATA) as place:
        runs = [after(place, its, Cell(its.R, k), n) for k, n in product(its.K, its.epochs)]
    return Runs.joined(runs)


def in_domain(params: StudyParams, task: str) -> Runs:
    """Train on the pool's text at the main vectors' R and K; classify at every budget."""
    epochs, models = params.in_domain.epochs[task], params.in_domain.models
    with workspace(f"in-domain-{task}", {"classify.runs": params.runs}, TASKS / task) as place:
        trained = Trained.of(train_best(place, IN_DOMAIN, epochs=epochs, models=models), IN_DOMAIN)
        budgets = params.travel.tasks[task].budgets
        return Runs.joined([classify(place, task, [WORD2VEC], n, trained) for n in budgets])


def main() -> None:
    """Measure what the command line names."""
    params = load_studies()
    tasks = [task for task in params.travel.tasks if task in params.in_domain.epochs]
    match sys.argv[1:]:
        case ["text"]:
            text(params).save("text")
        case ["subwords"]:
            subwords(params).save("subwords")
        case ["epochs"]:
            epochs(params).save("epochs")
        case ["in-domain", task] if task in tasks:
            in_domain(params, task).save(f"in-domain/{task}")
        case _:
            named = ", ".join(tasks)
            raise StageError(f"Name one: text, subwords, epochs, or in-domain and one of {named}.")


if __name__ == "__main__":
    run_stage("studies.sgns", main)
