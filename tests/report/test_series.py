import pytest

from stages.report.series import all_series, fixed_cell
from tests.report.synthetic import EPOCHS, params, tables


def test_labels_has_each_method_with_its_bounds() -> None:
    table = all_series(tables(), params())["labels"]
    assert table["n_labels"].tolist() == [100, 400]
    assert (table["word2vec"] - table["vanilla"]).tolist() == pytest.approx([0.06, 0.02])
    for method in ("word2vec", "vanilla", "tfidf"):
        assert (table[f"{method}_low"] < table[method]).all()
        assert (table[method] < table[f"{method}_high"]).all()


def test_curves_are_means_over_seeds_of_the_main_runs() -> None:
    table = all_series(tables(), params())["curves_largest_budget"]
    assert table["epoch"].tolist() == list(EPOCHS)
    # 0.84 + seeds' mean 0.001 + gain 0.02 - 0.1 / epoch
    assert table["word2vec_accuracy"].tolist() == pytest.approx([0.761, 0.811])
    assert table["vanilla_loss"].tolist() == pytest.approx([0.6, 0.3])


def test_an_axis_varies_alone() -> None:
    series = all_series(tables(), params())
    assert series["radius"]["R"].tolist() == [2, 5]
    assert series["radius"]["test_accuracy"].tolist() == pytest.approx([0.8191, 0.8491])
    assert series["negatives"]["K"].tolist() == [1, 4]
    assert series["negatives"]["test_accuracy"].tolist() == pytest.approx([0.8491, 0.8461])


def test_a_main_value_outside_the_grid_falls_back_to_the_grids_first() -> None:
    outside = params().sgns.model_copy(update={"R": 7, "K": 1})
    assert fixed_cell(params().model_copy(update={"sgns": outside})) == {"R": 2, "K": 1}


def test_sgns_loss_is_the_main_models_after_training_began() -> None:
    table = all_series(tables(), params())["sgns_loss"]
    assert table["epoch"].tolist() == [1, 2]
    assert table["validation_loss"].tolist() == pytest.approx([2.3, 2.2])
