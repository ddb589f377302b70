"""Reading the tables: each has the columns that its maker promises, or is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.core.atomic import seal, write_csv
from stages.core.console import StageError
from stages.lens import columns as lens
from stages.lens.columns import LENS, LENS_MAIN
from stages.report.tables import Tables, load, write_table
from stages.results import classifiers
from stages.results.classifiers import CLASSIFY, write_correct
from stages.vectors import vectors
from stages.vectors.tokens import Vocabulary, write_vocabulary
from stages.vectors.vectors import SGNS, SGNS_MAIN, WordVectors, model_folder, write_vectors
from tests.report.synthetic import CELLS, params

GRID = [f"grid/{cell}" for cell in CELLS]
BUDGETS = [f"budget-{budget}" for budget in (100, 400)]
KEPT = [CLASSIFY / "baseline" / name for name in BUDGETS] + [CLASSIFY / name for name in BUDGETS]
USUAL = [CLASSIFY / f"usual/{name}{budget}" for name in ("baseline/", "") for budget in BUDGETS]
LINE = (100, 100, "word2vec", 0, 2, 0.6, 0.7, 0.5, 0.75, 0.74, 0.1)
RIGHT = np.array([True, False, True, True])
VARIANTS = [CLASSIFY / "variant" / name for name in ("in-domain", "both")]
CLASSIFIED = [*KEPT, *USUAL, *VARIANTS, *(CLASSIFY / name for name in GRID)]
MODELS = [model_folder(SGNS / name, model) for name in ("main", *GRID) for model in (0, 1)]


@pytest.fixture(autouse=True)
def almost_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files that the report reads, those of results with a line, the other tables without."""
    monkeypatch.chdir(tmp_path)
    for folder in CLASSIFIED:
        write_csv(folder / "results.csv", classifiers.RESULT_COLUMNS, [LINE])
        write_correct(folder, [RIGHT])
        write_csv(folder / "history.csv", classifiers.HISTORY_COLUMNS, [])
    for folder in KEPT:
        write_csv(folder / "attention.csv", classifiers.ATTENTION_COLUMNS, [])
    values = np.ones((2, 3), np.float32)
    for folder in MODELS:
        write_vectors(folder, WordVectors(values, values, {}))
        write_csv(folder / "history.csv", vectors.HISTORY_COLUMNS, [])
    for name in GRID:
        write_csv(LENS / name / "diagnostics.csv", lens.DIAGNOSTIC_COLUMNS, [])
        write_csv(LENS / name / "scores.csv", lens.SCORE_COLUMNS, [])
    write_csv(LENS_MAIN / "neighbours.csv", lens.NEIGHBOUR_COLUMNS, [("nan", "null", 0.5)])
    write_vocabulary(SGNS_MAIN, Vocabulary(("<unk>", "nan"), np.ones(2, np.int64)))
    seal_each()


def seal_each() -> None:
    """Seal every output anew, so that what is in it counts as what its stage wrote."""
    of_grid = (kind / name for kind in (SGNS, LENS) for name in GRID)
    for folder in (*CLASSIFIED, SGNS_MAIN, LENS_MAIN, *of_grid):
        seal(folder)


def loaded() -> Tables:
    return load(params())


def test_nan_and_null_are_words() -> None:
    assert loaded().neighbours.to_numpy().tolist() == [["nan", "null", 0.5]]
    assert loaded().vocabulary.words == ("<unk>", "nan")


def test_each_line_has_its_test_rows() -> None:
    ours = [True, True, False, True]
    write_correct(CLASSIFY / "budget-100", [np.array(ours)])
    line = ("100", "100", "probe", *LINE[3:])
    write_csv(CLASSIFY / "budget-100/results.csv", classifiers.RESULT_COLUMNS, [line])
    seal_each()
    every = loaded()
    assert len(every.results) == len(every.correct) and len(every.ablation) == 4
    for index, method in every.results["method"].items():
        expected = ours if method == "probe" else RIGHT.tolist()
        assert every.correct[int(str(index))].tolist() == expected
    assert every.grid_correct.tolist() == [RIGHT.tolist()] * 4


@pytest.mark.parametrize(
    ("path", "maker"),
    [
        (CLASSIFY / "baseline/budget-400/results.csv", "classify-baseline"),
        (CLASSIFY / "budget-100/attention.csv", "classify"),
        (CLASSIFY / "usual/baseline/budget-100/correct.npy", "classify-usual-baseline"),
        (CLASSIFY / "usual/budget-400/history.csv", "classify-usual"),
        (CLASSIFY / "variant/both/results.csv", "classify-variant"),
        (CLASSIFY / "grid/R5-K1/correct.npy", "classify-grid"),
        (SGNS_MAIN / "model-1/history.csv", "sgns"),
        (LENS_MAIN / "neighbours.csv", "lens"),
        (LENS / "grid/R2-K4/diagnostics.csv", "lens-grid"),
    ],
)
def test_other_files_are_refused(path: Path, maker: str) -> None:
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(StageError) as refused:
        loaded()
    assert str(refused.value) == f"{path} is damaged; make it again with: dvc repro {maker}"
    path.unlink()
    with pytest.raises(StageError, match=rf"missing; make it with: dvc repro {maker}$"):
        loaded()


def test_a_small_probability_is_not_written_as_none(tmp_path: Path) -> None:
    write_table(
        tmp_path / "table.csv", pd.DataFrame({"p_value": [3e-15 / 7, 0.0], "x": [3e-15] * 2})
    )
    assert (tmp_path / "table.csv").read_text("utf-8").split() == [
        *("p_value,x", "4.285714286e-16,0.0", "0.0,0.0"),
    ]


def test_last_digits_and_errors_of_rounding_are_not_written(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 0.3, 1e-7 / 3, 12345.678901234, float("nan"), float("inf"), -1e-16]
    write_table(tmp_path / "table.csv", pd.DataFrame({"n": [1] * 7, "x": numbers}))
    assert (tmp_path / "table.csv").read_text("utf-8").split() == [
        *("n,x", "1,0.3", "1,0.3", "1,3.333333333e-08", "1,12345.6789", "1,", "1,inf", "1,0.0"),
    ]
