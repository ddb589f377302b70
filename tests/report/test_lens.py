import numpy as np
import pytest
from scipy import stats

from stages.report.findings import MEASURES, find_cells, find_relations
from stages.report.statistics import rank_correlation
from tests.report.synthetic import tables


def test_rank_correlation_is_scipys_and_its_interval_holds_it() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=40)
    y = x + random.normal(size=40)
    found = rank_correlation(x, y)
    assert found.mean == pytest.approx(stats.spearmanr(x, y)[0])
    assert found.low < found.mean < found.high
    # Fisher's z, with the variance of Fieller et al. (1957), as a second opinion.
    half = 1.96 * np.sqrt(1.06 / (40 - 3))
    assert found.low == pytest.approx(np.tanh(np.arctanh(found.mean) - half), abs=0.12)


def test_a_perfect_order_is_one_and_a_constant_has_none() -> None:
    assert rank_correlation([1, 2, 3, 4, 5], [2, 4, 8, 16, 32]).mean == pytest.approx(1)
    assert np.isnan(rank_correlation([1, 1, 1], [1, 2, 3]).mean)


def test_cells_are_means_and_say_how_far_the_loss_is_above_its_floor() -> None:
    table = find_cells(tables())
    assert table[["R", "K"]].to_numpy().tolist() == [[2, 1], [2, 4], [5, 1], [5, 4]]
    assert table["above_floor"].to_numpy() == pytest.approx(-0.1)


def test_every_measure_is_related_to_accuracy() -> None:
    table = find_relations(find_cells(tables()))
    assert table["measure"].tolist() == list(MEASURES)
    # Made up so that both grow with R and fall with K.
    assert table["spearman"].to_numpy() == pytest.approx(1)
