"""Made-up tables of the right shape, with known answers."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from stages.ablation.cell import Cell
from stages.check.whole import Params
from stages.lens import columns as lens
from stages.report.findings import Findings, find
from stages.report.tables import Tables
from stages.results import classifiers
from stages.vectors.tokens import Vocabulary
from tests.support import make_params

SEEDS = 3
EPOCHS = (1, 2)
WORDS = ("amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "haven", "inlet", "jetty")
USUAL = ("vanilla-default", "vanilla-usual", "word2vec-raw", "word2vec-usual")
METHODS = (
    *("vanilla", "word2vec", "frozen", "shuffled", "tfidf", "tfidf-bigrams", "probe", *USUAL),
    *("in-domain", "both"),
)
CELLS = ("R2-K1", "R2-K4", "R5-K1", "R5-K4")
GAIN = {100: 0.06, 400: 0.02}  # word2vec over vanilla, exactly
# The usual gain: the same as direction, 4 points of recipe, 2 of initial scale.


def params(cells: Sequence[str] = CELLS) -> Params:
    committed = make_params()
    changes = {
        "ablation": committed.ablation.model_copy(
            update={"cells": list(cells), "budgets": list(GAIN), "models": 2}
        ),
        "classify": committed.classify.model_copy(
            update={"budgets": [100, 400], "runs": SEEDS, "epochs": len(EPOCHS)}
        ),
        "sgns": committed.sgns.model_copy(update={"R": 5, "K": 1, "models": 2}),
        "variants": {name: committed.variants[name] for name in ("in-domain", "both")},
    }
    return committed.model_copy(update=changes)


def scores(method: str, budget: int, seed: int) -> float:
    base = 0.8 + budget / 10_000 + seed / 1000
    beside = {"word2vec": GAIN[budget], "tfidf": -0.01, "tfidf-bigrams": 0.005, "frozen": -0.02}
    beside |= {"vanilla-default": -0.09, "vanilla-usual": -0.08}
    beside |= {"word2vec-usual": GAIN[budget] - 0.04, "word2vec-raw": GAIN[budget] - 0.03}
    return base + beside.get(method, 0.0)


def rows_of(lines: pd.DataFrame) -> Any:
    """Each test row right to the share that the line's accuracy says: rows without a spread."""
    return np.repeat(lines["test_accuracy"].to_numpy(np.float64)[:, None], 2, axis=1)


def remeasured(every: Tables) -> Tables:
    """The same with the test rows of its accuracies, where these were changed."""
    return replace(every, correct=rows_of(every.results), grid_correct=rows_of(every.ablation))


def tables(cells: Sequence[str] = CELLS) -> Tables:
    results = [
        (b, b, m, s, 2, 0.5, scores(m, b, s), 0.5, scores(m, b, s), scores(m, b, s), 0.1)
        for b, m, s in product(GAIN, METHODS, range(SEEDS))
    ]
    places = [Cell.of(name) for name in cells]
    ablation = [
        (r, k, b, b, "word2vec", s, 2, 0.5, 0.85, 0.5, 0.8 + r / b - k / 1000 + s / 1e4, 0.8, 0.1)
        for (r, k), b, s in product(places, GAIN, range(SEEDS))
    ]
    history = [
        ("main", 5, 1, b, m, s, e, 0.7, 0.6 / e, scores(m, b, s) - 0.1 / e)
        for b, m, s, e in product(GAIN, ("word2vec", "vanilla"), range(SEEDS), EPOCHS)
    ]
    history += [
        ("grid", r, k, b, "word2vec", s, e, 0.7, 0.6 / e, 0.8 + r / b + s / 1e3 - 0.1 / e)
        for (r, k), b, s, e in product(places, GAIN, range(SEEDS), EPOCHS)
    ]
    sgns = [
        (name, r, k, s, e, np.nan if e == 0 else 1.2 - e / 10 + k, 1.4 - e / 10 + k)
        for (name, r, k), s, e in product(
            [("main", 5, 1), *(("grid", r, k) for r, k in places)], (0, 1), (0, *EPOCHS)
        )
    ]
    diagnostics = [
        (r, k, s, *(0.1 * (r + i) - 0.01 * k for i in range(len(lens.DIAGNOSTIC_COLUMNS) - 1)))
        for (r, k), s in product(places, (0, 1))
    ]
    attention = [
        (b, m, c, w, 3 - rank / 10, 20)
        for b, m, c in product(GAIN, ("word2vec", "vanilla"), ("x", "y"))
        for rank, w in enumerate(("amber", "$basin$", "cedar"))
    ]
    pairs = [(5, k, x / 10, x / 10 - np.log(k)) for k in (1, 4) for x in range(30)]
    near = [("<b>", "nan", 0.9), ("<b>", "amber", 0.8), ("cedar", "basin", 0.7)]
    cell, of_cell = ["R", "K"], ["experiment", "R", "K"]
    losses = ["model", "epoch", "train_loss", "validation_loss"]
    of_results = pd.DataFrame(results, columns=classifiers.RESULT_COLUMNS)
    of_ablation = pd.DataFrame(ablation, columns=[*cell, *classifiers.RESULT_COLUMNS])
    return Tables(
        of_results,
        of_ablation,
        pd.DataFrame(history, columns=[*of_cell, *classifiers.HISTORY_COLUMNS]),
        pd.DataFrame(sgns, columns=[*of_cell, *losses]),
        pd.DataFrame(diagnostics, columns=[*cell, *lens.DIAGNOSTIC_COLUMNS]),
        pd.DataFrame(attention, columns=classifiers.ATTENTION_COLUMNS),
        pd.DataFrame(pairs, columns=[*cell, *lens.SCORE_COLUMNS]),
        pd.DataFrame(near, columns=lens.NEIGHBOUR_COLUMNS),
        correct=rows_of(of_results),
        grid_correct=rows_of(of_ablation),
        vocabulary=Vocabulary(("<unk>", *WORDS), np.ones(1 + len(WORDS), np.int64)),
        centre=np.random.default_rng(0).normal(size=(1 + len(WORDS), 4)).astype(np.float32),
        grid_reproduces_main=True,
    )


@cache
def findings() -> Findings:
    """What is found in the tables above; for reading only."""
    return find(tables(), params())


def one_run() -> Findings:
    """What is found where there is one run of everything."""
    every = tables()
    results, ablation, history = (
        table[table["run"] == 0] for table in (every.results, every.ablation, every.history)
    )
    return find(replace(every, results=results, ablation=ablation, history=history), params())
