"""The tidy tables that everything else is drawn from: one observation a row."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from stages.files.atomic import damaged, require, write_text
from stages.files.classifiers import BUDGET, CLASSIFY, METHOD, N_LABELS, RUN, TEST_ACCURACY
from stages.files.lens import LENS, LENS_MAIN
from stages.files.tokens import read_vocabulary
from stages.files.vectors import MODEL, SGNS, SGNS_MAIN, find_vectors, model_folder, read_vectors
from stages.params.whole import Params
from stages.report.word_map import word_map

MAIN, GRID = "main", "grid"


@dataclass(frozen=True)
class Tables:
    """What the pipeline measured.

    results: a row for each budget, method and run: scores at the chosen epoch.
    ablation: the same for each R and K of the grid, word2vec at the ablation's budget.
    history: a row for each epoch of each classifier; experiment is ``main`` or ``grid``.
    sgns: a row for each epoch of each SGNS model; model says which of those of its R and K.
    diagnostics: a row for each SGNS model of the grid: its geometry, and how it meets theory.
    attention: the words that each class of a classifier looks at most.
    scores: learned scores of some frequent pairs beside their PMI, for each K at one R.
    neighbours: the nearest words of frequent words, for the main model.
    word_map: where frequent words lie in two dimensions.
    """

    results: pd.DataFrame
    ablation: pd.DataFrame
    history: pd.DataFrame
    sgns: pd.DataFrame
    diagnostics: pd.DataFrame
    attention: pd.DataFrame
    scores: pd.DataFrame
    neighbours: pd.DataFrame
    word_map: pd.DataFrame

    def write(self, folder: Path) -> None:
        """Write each table as ``<name>.csv``."""
        for field in fields(self):
            write_table(folder / f"{field.name}.csv", getattr(self, field.name))


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, floats in their shortest exact form."""
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def distinct_sizes(results: pd.DataFrame) -> pd.DataFrame:
    """Keep one budget for each ``n_labels``: budgets beyond the pool all repeat the same runs."""
    smallest = results.groupby(N_LABELS)[BUDGET].transform("min")
    return results[results[BUDGET] == smallest]


def methods_of(results: pd.DataFrame) -> list[str]:
    """Return the methods in the order in which they were run."""
    return list(dict.fromkeys(results[METHOD]))


def accuracy_by_run(results: pd.DataFrame, method: str) -> pd.DataFrame:
    """Return one method's test accuracy: a row a run, a column a number of labels."""
    rows = results[results[METHOD] == method]
    return rows.pivot(index=RUN, columns=N_LABELS, values=TEST_ACCURACY)


def fixed_cell(params: Params) -> dict[str, int]:
    """Return the R and K at which the other is varied: the main ones where the grid has them."""
    main = {"R": params.sgns.R, "K": params.sgns.K}
    axes = {"R": params.ablation.R, "K": params.ablation.K}
    return {name: main[name] if main[name] in axes[name] else axes[name][0] for name in axes}


def load(params: Params) -> Tables:
    """Read every table that the parameters promise; raises StageError if one is missing."""
    main = {"experiment": MAIN, "R": params.sgns.R, "K": params.sgns.K}
    results, history, attention = [], [], []
    for folder, stage in _classifiers(params):
        results.append(_read(folder / "results.csv", stage))
        history.append(_read(folder / "history.csv", stage, main))
        if stage != "classify-variant":
            attention.append(_read_words(folder / "attention.csv", stage))
    sgns = _sgns_histories(SGNS_MAIN, "sgns", main, params)
    neighbours = _read_words(LENS_MAIN / "neighbours.csv", "lens")
    ablation, diagnostics, pairs = [], [], []
    for radius in params.ablation.R:
        for negatives in params.ablation.K:
            cell = {"R": radius, "K": negatives}
            grid = {"experiment": GRID, **cell}
            name = f"grid/R{radius}-K{negatives}"
            scores = CLASSIFY / name
            ablation.append(_read(scores / "results.csv", "classify-grid", cell))
            history.append(_read(scores / "history.csv", "classify-grid", grid))
            models = SGNS / name
            diagnostics.append(_read(LENS / name / "diagnostics.csv", "lens-grid", cell))
            if radius == fixed_cell(params)["R"]:
                pairs.append(_read(LENS / name / "scores.csv", "lens-grid", cell))
            sgns += _sgns_histories(models, "sgns-grid", grid, params)
    words = read_vocabulary(SGNS_MAIN, "sgns")
    vectors = read_vectors(SGNS_MAIN).centre
    return Tables(
        results=_join(results).sort_values(BUDGET, kind="stable", ignore_index=True),
        ablation=_join(ablation),
        history=_join(history),
        sgns=_join(sgns),
        diagnostics=_join(diagnostics),
        attention=_join(attention),
        scores=_join(pairs),
        neighbours=neighbours,
        word_map=word_map(words, vectors),
    )


def _classifiers(params: Params) -> list[tuple[Path, str]]:
    """Return where the results at all budgets lie, and the stages that make them."""
    budgets = [f"budget-{n}" for n in params.classify.budgets]
    return [
        *((CLASSIFY / "baseline" / name, "classify-baseline") for name in budgets),
        *((CLASSIFY / name, "classify") for name in budgets),
        *((CLASSIFY / "variant" / name, "classify-variant") for name in params.variants),
    ]


def grid_reproduces_main(params: Params) -> bool | None:
    """Whether the grid's cell at the main (R, K) has the very same vectors; None without one."""
    radius, negatives = params.sgns.R, params.sgns.K
    if radius not in params.ablation.R or negatives not in params.ablation.K:
        return None
    main, cell = SGNS_MAIN, SGNS / f"grid/R{radius}-K{negatives}"
    files = [
        [find_vectors(model_folder(folder, run)) for folder in (main, cell)]
        for run in range(params.sgns.models)
    ]
    return all(one.read_bytes() == other.read_bytes() for one, other in files)


def _sgns_histories(
    folder: Path, made_by: str, constant: dict[str, Any], params: Params
) -> list[pd.DataFrame]:
    return [
        _read(model_folder(folder, run) / "history.csv", made_by, constant | {MODEL: run})
        for run in range(params.sgns.models)
    ]


def _read(path: Path, made_by: str, constant: dict[str, Any] | None = None) -> pd.DataFrame:
    try:
        table = pd.read_csv(require(path, made_by))
    except ValueError:
        raise damaged(path, made_by) from None
    for position, (column, value) in enumerate((constant or {}).items()):
        table.insert(position, column, value)
    return table


def _read_words(path: Path, made_by: str) -> pd.DataFrame:
    """Read a table in which "nan" and "null" are words."""
    try:
        return pd.read_csv(require(path, made_by), keep_default_na=False)
    except ValueError:
        raise damaged(path, made_by) from None


def _join(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)
