"""What gains are worth: the usual one's parts sum to it; labels saved, against other ways."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from stages.report.crossed import ByRow
from stages.report.gains import equivalent_labels, find_gains, parts_of
from stages.report.summary import headline, parts
from tests.report.synthetic import USUAL, findings, params, rows_of

METHODS = ("vanilla", "word2vec", *USUAL)
SIZES = (100, 400, 1600)


def test_the_parts_are_those_put_in() -> None:
    table = findings().parts
    assert table.columns.tolist() == ["n_labels", "part", "mean", "low", "high"]
    means = table.pivot(index="n_labels", columns="part", values="mean")
    assert means["total"].tolist() == pytest.approx([12, 8])
    assert means["direction"].tolist() == pytest.approx([6, 2])
    assert means["regularisation and tuning"].tolist() == pytest.approx([4, 4])
    assert means["initial scale"].tolist() == pytest.approx([2, 2])


def test_an_interval_of_a_part_is_of_its_paired_differences() -> None:
    """Rows that are as hard for all, and luck that all share, make no interval longer."""
    random = np.random.default_rng(0)
    lines = [(100, m, run) for m in METHODS for run in range(4)]
    results = pd.DataFrame(lines, columns=["n_labels", "method", "run"])
    correct = np.tile(random.random((4, 60)) < 0.7, (6, 1))
    table = parts_of(find_gains(results, correct, params()))
    assert (table[["mean", "low", "high"]] == 0).all(axis=None)


def test_parts_are_told_in_a_table_and_a_sentence() -> None:
    section = parts(findings().parts)
    assert [row[0] for row in section.rows] == ["100", "400"]
    assert [cell.split(" ")[0] for cell in section.rows[0][1:]] == (
        ["+12.00", "+6.00", "+4.00", "+2.00"]
    )
    assert re.findall(r"\+[\d.]+\d", headline(findings())[-1]) == ["+12.0", "+6.0", "+4.0", "+2.0"]


def found_in(results: pd.DataFrame) -> pd.DataFrame:
    """What is found where all test rows of a line are alike, so that only runs differ."""
    results = results.reset_index(drop=True)
    return equivalent_labels(results, rows_of(results))


def exact(lead: float) -> pd.DataFrame:
    """Vanilla gains 0.1 as labels grow fourfold; word2vec is ahead by ``lead``, all seeds alike."""
    rows = [
        (method, size, run, 0.5 + 0.1 * step + ahead)
        for method, ahead in (("word2vec", lead), ("vanilla", 0))
        for step, size in enumerate(SIZES)
        for run in range(3)
    ]
    return pd.DataFrame(rows, columns=["method", "n_labels", "run", "test_accuracy"])


def test_half_a_step_ahead_is_twice_the_labels() -> None:
    found = found_in(exact(0.05))
    for size, *bounds in found.itertuples(index=False, name=None):
        if size < 1600:
            assert bounds == pytest.approx([2 * size] * 3, rel=0.01)
        else:
            assert bounds == [math.inf] * 3


def test_a_lag_from_the_start_is_below_what_was_measured() -> None:
    found = found_in(exact(-0.05))
    assert found.iloc[0].tolist() == [100, 0, 0, 0]
    assert found["vanilla_labels"].iloc[1] == pytest.approx(200, rel=0.01)


def test_one_run_has_no_bounds_and_one_size_no_answer() -> None:
    one = found_in(exact(0.05).query("run == 0"))
    assert one["vanilla_labels"].iloc[0] == pytest.approx(200, rel=0.01)
    assert one[["ci_low", "ci_high"]].isna().all(axis=None)
    assert found_in(exact(0.05).query("n_labels == 100")).empty


def test_test_rows_widen_the_bounds_as_they_do_those_of_the_lead_there() -> None:
    """A second implementation: the lead is made row by row at each number of labels."""
    random = np.random.default_rng(3)
    chance = {100: (0.5, 0.57), 400: (0.6, 0.65), 1600: (0.7, 0.72)}
    hard = random.normal(0, 0.1, 4000)
    lines = [
        (method, size, run, random.random(4000) < chance[size][i] + hard)
        for i, method in enumerate(("vanilla", "word2vec"))
        for size in SIZES
        for run in range(4)
    ]
    results = pd.DataFrame([line[:3] for line in lines], columns=["method", "n_labels", "run"])
    correct = np.stack([line[3] for line in lines])
    results["test_accuracy"] = correct.mean(1)
    row = equivalent_labels(results, correct).set_index("n_labels").loc[100]
    by = {
        key: ByRow.of(group, correct).values
        for key, group in results.groupby(["method", "n_labels"])
    }

    def bounds(labels: float) -> tuple[float, float]:
        place = (np.log(labels) - np.log(100)) / np.log(4)
        vanilla = (1 - place) * by["vanilla", 100] + place * by["vanilla", 400]
        found = ByRow(np.arange(4), by["word2vec", 100] - vanilla).interval()
        return found.low, found.high

    low = optimize.brentq(lambda x: bounds(x)[0], 100, 400)
    high = optimize.brentq(lambda x: bounds(x)[1], 100, 400)
    assert row["ci_low"] == pytest.approx(low, rel=0.01)
    assert row["ci_high"] == pytest.approx(high, rel=0.01)
