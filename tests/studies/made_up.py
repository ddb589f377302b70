"""Runs with known answers."""

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
import pandas as pd

from stages.results.methods import TFIDF, VANILLA, VANILLA_DEFAULT, WORD2VEC, WORD2VEC_RAW
from studies.runs import COLUMNS, IN_DOMAIN, PRETRAIN, TYPES, WORDS, Runs

RUNS, ROWS = 6, 1000
SIZES = (100, 400)
ACCURACY = {VANILLA: 0.80, TFIDF: 0.81, VANILLA_DEFAULT: 0.60, WORD2VEC: 0.84, WORD2VEC_RAW: 0.82}
MAIN = (5, 1)
OTHER_CELLS = {(2, 1): 0.82, (5, 5): 0.86}


def runs_of_task(task: str = "made-up", changes: Mapping[str, float] | None = None) -> Runs:
    """Return a task's runs: accuracies as above, or with some methods' changed, at all sizes."""
    accuracy = ACCURACY | dict(changes or {})
    lines = [
        line(task, method, size, run, accuracy[method], *vectors_of(method))
        for method, size, run in product(ACCURACY, SIZES, range(RUNS))
    ]
    for size, run in product(SIZES, range(RUNS)):
        near = accuracy[WORD2VEC] + 0.03
        lines.append(line(task, WORD2VEC, size, run, near, IN_DOMAIN, *MAIN))
    for (cell, of_cell), run in product(OTHER_CELLS.items(), range(RUNS)):
        lines.append(line(task, WORD2VEC, SIZES[0], run, of_cell, PRETRAIN, *cell))
    return runs_with(lines)


def vectors_of(method: str) -> tuple[object, object, object]:
    """Return the text, R and K of a method's vectors."""
    has_vectors = method in (WORD2VEC, WORD2VEC_RAW)
    return (PRETRAIN, *MAIN) if has_vectors else (None, None, None)


def line(
    task: str, method: str, size: int, run: int, accuracy: float, text: object, r: object, k: object
) -> dict[str, object]:
    """Return a run; accuracies differ a little between runs, alike for all methods."""
    found = accuracy + run / ROWS
    of_vectors = (8, 1, RUNS, run, 1.2) if text else (None,) * 5
    values = (task, WORDS, text, r, k, *of_vectors, size, size, method, run, found, found, 0.1)
    return dict(zip(COLUMNS, values, strict=True))


def runs_with(lines: Iterable[Mapping[str, object]]) -> Runs:
    """Return runs with as many right test rows as their accuracies say, the first ones."""
    table = pd.DataFrame(list(lines), columns=list(COLUMNS))
    right = (ROWS * table["test_accuracy"]).round().astype(int).to_numpy()
    return Runs(table.astype(TYPES), np.arange(ROWS) < right[:, None])
