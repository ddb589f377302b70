"""Reading the tables, and writing them."""

from pathlib import Path

import pandas as pd
import pytest

from stages.check.whole import load_params
from stages.core.atomic import write_csv
from stages.lens.columns import NEIGHBOUR_COLUMNS
from stages.report.reading import read_table
from stages.report.tables import load, write_table
from tests.pipeline.finished import finished_project


def test_each_line_has_its_test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished_project().root)
    every = load(load_params(Path("params.yaml")))
    for lines, correct in ((every.results, every.correct), (every.ablation, every.grid_correct)):
        assert correct.mean(1) == pytest.approx(lines["test_accuracy"].to_numpy())
        assert lines["test_accuracy"].nunique() > 3


def test_nan_and_null_are_words(tmp_path: Path) -> None:
    write_csv(tmp_path / "table.csv", NEIGHBOUR_COLUMNS, [("nan", "null", 0.5)])
    assert read_table(tmp_path / "table.csv").to_numpy().tolist() == [["nan", "null", 0.5]]


def test_last_digits_and_errors_of_rounding_are_not_written(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 0.3, 1e-7 / 3, 12345.678901234, float("nan"), float("inf"), -1e-16]
    # A small probability is none of rounding.
    table = pd.DataFrame({"n": [1] * 7, "x": numbers, "p_value": [3e-15 / 7, *[0.0] * 6]})
    write_table(tmp_path / "table.csv", table)
    assert (tmp_path / "table.csv").read_text("utf-8").split() == [
        *("n,x,p_value", "1,0.3,4.285714286e-16", "1,0.3,0.0", "1,3.333333333e-08,0.0"),
        *("1,12345.6789,0.0", "1,,0.0", "1,inf,0.0", "1,0.0,0.0"),
    ]
