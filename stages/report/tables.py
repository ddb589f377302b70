"""The tidy tables that everything else is drawn from: one observation a row."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from stages.ablation.cell import Cell
from stages.check.whole import Params
from stages.core.arrays import BoolArray, FloatArray
from stages.core.atomic import require_whole, write_text
from stages.core.made import damaged
from stages.lens.columns import LENS, LENS_MAIN
from stages.report.reading import read_table
from stages.results import classifiers
from stages.results.classifiers import BUDGET, CLASSIFY, N_LABELS, read_correct
from stages.vectors import vectors
from stages.vectors.tokens import Vocabulary, read_vocabulary
from stages.vectors.vectors import MODEL, SGNS, SGNS_MAIN

EXPERIMENT = "experiment"  # MAIN or GRID
MAIN, GRID = "main", "grid"  # GRID: also the folders of the cells
AGAINST = "against"  # in tables of gains: the method that another is compared with
ABOVE_FLOOR = "above_floor"  # in the table of cells: how far the loss is above its floor
PART = "part"  # in the table of the usual gain's parts: one of PARTS, or TOTAL
TOTAL, DIRECTION, RECIPE = "total", "direction", "regularisation and tuning"
SCALE = "initial scale"
PARTS = (DIRECTION, RECIPE, SCALE)
OTHER_AXIS = {"R": "K", "K": "R"}
# Significant digits of what is written: far more than are shown, and few enough that the last ones
# of NumPy's, BLAS's and SciPy's results, which are the processor's, are not among them.
DIGITS = 10
ZERO = 1e-12  # values below this are rounding errors of sums, but for probabilities
P_VALUE = "p_value"


@dataclass(frozen=True)
class Tables:
    """What the pipeline measured.

    results: a row for each budget, method and run: scores at the chosen epoch.
    ablation: the same for each cell of R and K, word2vec at the ablation's budgets.
    history: a row for each epoch of each classifier; experiment is ``main`` or ``grid``.
    sgns: a row for each epoch of each SGNS model; model says which of those of its R and K.
    diagnostics: a row for each SGNS model of the grid: its geometry, and how it meets theory.
    attention: the words that each class of a classifier looks at most.
    scores: learned scores of some frequent pairs beside their PMI, for each K at one R.
    neighbours: the nearest words of frequent words, for the main model.

    And what is no table: correct and grid_correct (lines, test rows), whether each test row was
    right, of each line of results and of ablation at the place that the line's index names;
    vocabulary and centre (V, d), the words of the main model and their
    vectors; grid_reproduces_main, see there.
    """

    results: pd.DataFrame
    ablation: pd.DataFrame
    history: pd.DataFrame
    sgns: pd.DataFrame
    diagnostics: pd.DataFrame
    attention: pd.DataFrame
    scores: pd.DataFrame
    neighbours: pd.DataFrame
    correct: BoolArray
    grid_correct: BoolArray
    vocabulary: Vocabulary
    centre: FloatArray
    grid_reproduces_main: bool | None

    @property
    def distinct(self) -> pd.DataFrame:
        """The results at one budget for each n_labels: those beyond the pool repeat its runs."""
        smallest = self.results.groupby(N_LABELS)[BUDGET].transform("min")
        return self.results[self.results[BUDGET] == smallest]

    def named(self) -> dict[str, pd.DataFrame]:
        """Return each table by the name of its file in ``plots``."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: table for name, table in found.items() if isinstance(table, pd.DataFrame)}


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, floats to ``DIGITS``, in their shortest form."""
    floats = {
        str(name): table[name].map(significant if name == P_VALUE else rounded)
        for name in table
        if is_float_dtype(table[name])
    }
    write_text(path, table.assign(**floats).to_csv(index=False, lineterminator="\n"))


def rounded(value: float) -> float:
    """Return a value to ``DIGITS`` significant digits; what is zero but for rounding, as 0."""
    return 0.0 if abs(value) < ZERO else significant(value)


def significant(value: float) -> float:
    """Return a value to ``DIGITS`` significant digits, however small it is."""
    return float(f"{value:.{DIGITS}g}")


def rows_with(table: pd.DataFrame, values: Mapping[str, object]) -> pd.DataFrame:
    """Return the rows that have these values, without the columns that they all share."""
    for column, value in values.items():
        table = table[table[column] == value]
    return table.drop(columns=list(values)).reset_index(drop=True)


def fixed_value(params: Params, axis: str) -> int:
    """Return the value of the other axis at which ``axis``, R or K, is varied.

    The main one where cells differ along the axis there; else the one with most cells.
    """
    other = OTHER_AXIS[axis]
    values: list[int] = [getattr(cell, other) for cell in params.ablation.grid]
    main: int = getattr(params.sgns, other)
    return main if values.count(main) > 1 else max(values, key=values.count)


def along_axis(params: Params, axis: str) -> list[int]:
    """Return the values of an axis that there are where it alone is varied."""
    other, fixed = OTHER_AXIS[axis], fixed_value(params, axis)
    return [getattr(cell, axis) for cell in params.ablation.grid if getattr(cell, other) == fixed]


def load(params: Params) -> Tables:
    """Read every table that the parameters promise; raises StageError if one is missing."""
    results, history, attention, correct = _of_main(params)
    grid_results, grid_history, grid_correct = _of_grid(params)
    by_budget = results[BUDGET].to_numpy().argsort(kind="stable")
    sgns, diagnostics, scores = _of_vectors(params)
    return Tables(
        results=results.iloc[by_budget].reset_index(drop=True),
        ablation=grid_results,
        history=_join([history, grid_history]),
        sgns=sgns,
        diagnostics=diagnostics,
        attention=attention,
        scores=scores,
        neighbours=read_table(LENS_MAIN / "neighbours.csv"),
        correct=correct[by_budget],
        grid_correct=grid_correct,
        vocabulary=read_vocabulary(SGNS_MAIN),
        centre=vectors.read_vectors(SGNS_MAIN).centre,
        grid_reproduces_main=grid_reproduces_main(params),
    )


def _of_main(params: Params) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, BoolArray]:
    """Return results, history, attention and right test rows at all budgets."""
    names = [f"{arm}budget-{n}" for arm in ("baseline/", "") for n in params.classify.budgets]
    fair = [CLASSIFY / name for name in names]
    usual = [classifiers.CLASSIFY_USUAL / name for name in names]
    folders = [*fair, *usual, *(classifiers.CLASSIFY_VARIANT / name for name in params.variants)]
    main = {EXPERIMENT: MAIN, "R": params.sgns.R, "K": params.sgns.K}
    return (
        _join([read_table(folder / "results.csv") for folder in folders]),
        _join([_with(main, folder / "history.csv") for folder in folders]),
        _join([read_table(folder / "attention.csv") for folder in fair]),
        np.concatenate([read_correct(folder) for folder in folders]),
    )


def _of_grid(params: Params) -> tuple[pd.DataFrame, pd.DataFrame, BoolArray]:
    """Return results, history and right test rows of the grid's classifiers."""
    folders = {cell: CLASSIFY / GRID / cell.name for cell in params.ablation.grid}
    of = folders.items()
    return (
        _join([_with(cell._asdict(), folder / "results.csv") for cell, folder in of]),
        _join(
            [
                _with({EXPERIMENT: GRID, **cell._asdict()}, folder / "history.csv")
                for cell, folder in of
            ]
        ),
        np.concatenate([read_correct(folder) for folder in folders.values()]),
    )


def _of_vectors(params: Params) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the history of all SGNS models, and the diagnostics and scores of the grid's."""
    main = {EXPERIMENT: MAIN, "R": params.sgns.R, "K": params.sgns.K}
    histories = _sgns_histories(SGNS_MAIN, main, params.sgns.models)
    diagnostics, scores = [], []
    for cell in params.ablation.grid:
        seen, grid = LENS / GRID / cell.name, {EXPERIMENT: GRID, **cell._asdict()}
        diagnostics.append(_with(cell._asdict(), seen / "diagnostics.csv"))
        if fixed_value(params, "K") == cell.R:
            scores.append(_with(cell._asdict(), seen / "scores.csv"))
        histories += _sgns_histories(SGNS / GRID / cell.name, grid, params.ablation.models)
    return _join(histories), _join(diagnostics), _join(scores)


def grid_reproduces_main(params: Params) -> bool | None:
    """Whether the grid's cell at the main (R, K) has the very same vectors; None without one."""
    same = Cell(params.sgns.R, params.sgns.K)
    if same not in params.ablation.grid:
        return None
    main, cell = (
        [
            require_whole(vectors.find_vectors(vectors.model_folder(folder, model))).read_bytes()
            for model in range(min(params.sgns.models, params.ablation.models))
        ]
        for folder in (SGNS_MAIN, SGNS / GRID / same.name)
    )
    return main == cell


def _sgns_histories(folder: Path, constant: dict[str, Any], models: int) -> list[pd.DataFrame]:
    folders = vectors.model_folders(folder)
    if len(folders) != models:
        raise damaged(folder / vectors.VECTORS)
    return [
        _with(constant | {MODEL: model}, of_model / vectors.HISTORY)
        for model, of_model in enumerate(folders)
    ]


def _with(constant: Mapping[str, Any], path: Path) -> pd.DataFrame:
    """Return a table with constant columns before its own."""
    table = read_table(path)
    for position, (column, value) in enumerate(constant.items()):
        table.insert(position, column, value)
    return table


def _join(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)
