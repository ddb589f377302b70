"""The usual gain taken apart: the parts sum to it, and are those that were put in."""

import numpy as np
import pandas as pd
import pytest

from stages.report.gains import find_gains, parts_of
from stages.report.summary import headline, parts
from tests.report.synthetic import findings, params

METHODS = ("vanilla", "word2vec", "vanilla-usual", "word2vec-usual")
RAW = ("vanilla-default", "word2vec-raw")


def test_the_parts_are_those_put_in() -> None:
    table = findings().parts
    assert table.columns.tolist() == ["n_labels", "part", "mean", "low", "high"]
    means = table.pivot(index="n_labels", columns="part", values="mean")
    assert means["total"].tolist() == pytest.approx([12, 8])
    assert means["direction"].tolist() == pytest.approx([6, 2])
    assert means["regularisation and tuning"].tolist() == pytest.approx([4, 4])
    assert means["initial scale"].tolist() == pytest.approx([2, 2])


def test_whatever_was_right_the_parts_sum_to_the_total() -> None:
    random = np.random.default_rng(0)
    lines = [(n, m, run) for n in (100, 400) for m in (*METHODS, *RAW) for run in (2, 0, 1)]
    results = pd.DataFrame(lines, columns=["n_labels", "method", "run"])
    correct = random.random((len(lines), 50)) < 0.8
    table = parts_of(find_gains(results, correct, params()))
    for _, at in table.groupby("n_labels"):
        mean = at.set_index("part")["mean"]
        assert mean.drop("total").sum() == pytest.approx(mean["total"], abs=1e-9)
        assert (at["low"] < at["mean"]).all() and (at["mean"] < at["high"]).all()


def test_an_interval_of_a_part_is_of_its_paired_differences() -> None:
    """Rows that are as hard for all, and luck that all share, make no interval longer."""
    random = np.random.default_rng(0)
    lines = [(100, m, run) for m in (*METHODS, *RAW) for run in range(4)]
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
    assert headline(findings())[-1] == (
        "The usual comparison, SGNS vectors just as they come against default random ones in an "
        "untuned classifier, would show +12.0 points with 100 labels: +6.0 from what the vectors "
        "know, +4.0 from leaving the classifier untuned, and +2.0 from the size of the numbers "
        "that it starts from."
    )
