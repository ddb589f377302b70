"""The tidy tables that everything else is drawn from: one observation a row."""

from collections.abc import Iterable, Mapping
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

Columns = dict[str, Any]  # that have one value in a whole table


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
    main: Columns = {EXPERIMENT: MAIN, "R": params.sgns.R, "K": params.sgns.K}
    names = [f"{arm}budget-{n}" for arm in ("baseline/", "") for n in params.classify.budgets]
    fair = [CLASSIFY / name for name in names]
    usual = [classifiers.CLASSIFY_USUAL / name for name in names]
    folders = [*fair, *usual, *(classifiers.CLASSIFY_VARIANT / name for name in params.variants)]
    results = _join("results.csv", [(folder, {}) for folder in folders])
    by_budget = results[BUDGET].to_numpy().argsort(kind="stable")
    correct = np.concatenate([read_correct(folder) for folder in folders])

    def of_grid(root: Path) -> list[tuple[Path, Columns]]:
        return [(root / GRID / cell.name, cell._asdict()) for cell in params.ablation.grid]

    experiment: Columns = {EXPERIMENT: GRID}
    classified, seen = of_grid(CLASSIFY), of_grid(LENS)
    history = [(folder, main) for folder in folders]
    history += [(folder, experiment | cell) for folder, cell in classified]
    models = _models(SGNS_MAIN, main, params.sgns.models)
    for folder, cell in of_grid(SGNS):
        models += _models(folder, experiment | cell, params.ablation.models)
    radius = fixed_value(params, "K")
    return Tables(
        results=results.iloc[by_budget].reset_index(drop=True),
        ablation=_join("results.csv", classified),
        history=_join("history.csv", history),
        sgns=_join(vectors.HISTORY, models),
        diagnostics=_join("diagnostics.csv", seen),
        attention=_join("attention.csv", [(folder, {}) for folder in fair]),
        scores=_join("scores.csv", [place for place in seen if place[1]["R"] == radius]),
        neighbours=read_table(LENS_MAIN / "neighbours.csv"),
        correct=correct[by_budget],
        grid_correct=np.concatenate([read_correct(folder) for folder, _ in classified]),
        vocabulary=read_vocabulary(SGNS_MAIN),
        centre=vectors.read_vectors(SGNS_MAIN).centre,
        grid_reproduces_main=grid_reproduces_main(params),
    )


def _models(folder: Path, columns: Columns, models: int) -> list[tuple[Path, Columns]]:
    """Return the folder of each model, with its columns; raises StageError if not so many."""
    folders = vectors.model_folders(folder)
    if len(folders) != models:
        raise damaged(folder / vectors.VECTORS)
    return [(path, columns | {MODEL: model}) for model, path in enumerate(folders)]


def _join(name: str, places: Iterable[tuple[Path, Columns]]) -> pd.DataFrame:
    """Return the tables of this name in some folders as one, constant columns before their own."""
    tables = []
    for folder, columns in places:
        table = read_table(folder / name)
        for position, (column, value) in enumerate(columns.items()):
            table.insert(position, column, value)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


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
