import pandas as pd
import pytest

from stages.report.tables import fixed_cell
from tests.report.synthetic import EPOCHS, findings, params


def test_labels_has_each_method_with_its_bounds() -> None:
    table = findings().series["labels"]
    assert table["n_labels"].tolist() == [100, 400]
    assert (table["word2vec"] - table["vanilla"]).tolist() == pytest.approx([0.06, 0.02])
    for method in ("word2vec", "vanilla", "tfidf"):
        assert (table[f"{method}_low"] < table[method]).all()
        assert (table[method] < table[f"{method}_high"]).all()


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    """The only row with these values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_accuracies_are_in_percent_with_their_intervals() -> None:
    table = findings().series["accuracy_by_labels"]
    assert set(table["series"]) == {"word2vec", "vanilla", "tfidf"}
    # t(0.975, 2) * 0.1 / sqrt(3) = 0.248
    found = row(table, n_labels=400, series="word2vec")
    assert [found["mean"], found["low"], found["high"]] == pytest.approx(
        [86.1, 85.852, 86.348], abs=1e-3
    )


def test_gains_are_paired_by_seed() -> None:
    table = findings().series["gain_by_labels"]
    assert set(table["series"]) == {"word2vec", "in-domain", "both"}
    found = row(table, n_labels=100, series="word2vec")
    assert found["mean"] == pytest.approx(6)
    assert found["high"] - found["low"] == pytest.approx(0, abs=1e-9)


def test_curves_have_a_panel_for_each_number_of_labels() -> None:
    every = findings().series
    accuracy, loss = every["curves_accuracy"], every["curves_loss"]
    assert list(dict.fromkeys(accuracy["panel"])) == ["100 labels", "400 labels"]
    # 0.84 + seeds' mean 0.001 + gain 0.02 - 0.1 / epoch
    for epoch, expected in zip(EPOCHS, (76.1, 81.1), strict=True):
        found = row(accuracy, panel="400 labels", series="word2vec", epoch=epoch)
        assert found["mean"] == pytest.approx(expected)
    assert row(loss, panel="400 labels", series="vanilla", epoch=2)["mean"] == pytest.approx(0.3)


def test_an_axis_has_a_series_for_each_value_of_the_other() -> None:
    series = findings().series
    assert set(series["radius"]["series"]) == {"K = 1", "K = 4"}
    assert row(series["radius"], R=5, series="K = 4")["mean"] == pytest.approx(84.61)
    assert row(series["negatives"], K=4, series="R = 2")["mean"] == pytest.approx(81.61)
    assert row(series["grid"], R=2, K=1)["mean"] == pytest.approx(81.91)


def test_a_main_value_outside_the_grid_falls_back_to_the_grids_first() -> None:
    outside = params().sgns.model_copy(update={"R": 7, "K": 1})
    assert fixed_cell(params().model_copy(update={"sgns": outside})) == {"R": 2, "K": 1}


def test_sgns_loss_is_of_the_main_models_and_held_out_before_training_too() -> None:
    table = findings().series["sgns_loss"]
    held_out = table[table["series"] == "held out"]
    assert held_out["epoch"].tolist() == [0, 1, 2]
    assert held_out["mean"].tolist() == pytest.approx([2.4, 2.3, 2.2])
    assert table[table["series"] == "training"]["epoch"].tolist() == [1, 2]
