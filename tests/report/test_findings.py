"""The cells and metrics of a report are those put in."""

from pathlib import Path

import pytest

from stages.core.atomic import seal, write_text
from stages.report import findings as finding
from stages.report.tables import grid_reproduces_main
from tests.report.synthetic import findings, params, tables


def test_headline_is_accuracy_and_gain_by_budget() -> None:
    assert findings().metrics == {
        "word2vec_test_accuracy": {"100": 0.871, "400": 0.861},
        "gain_over_vanilla_points": {"100": 6.0, "400": 2.0},
        "sgns_validation_loss": 2.2,
        "grid_reproduces_main": True,
    }


@pytest.mark.parametrize("other", ["another", "one of its own"])
def test_a_grid_cell_is_that_of_the_main_models_or_not(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, second in (("main", "another"), ("grid/R5-K1", other)):
        folder = tmp_path / "models/sgns" / name
        write_text(folder / "vectors.safetensors", "the same")
        write_text(folder / "model-1/vectors.safetensors", second)
        seal(folder)
    assert grid_reproduces_main(params()) is (other == "another")
    outside = params().sgns.model_copy(update={"R": 3})
    assert grid_reproduces_main(params().model_copy(update={"sgns": outside})) is None


def test_cells_are_means_and_say_how_far_the_loss_is_above_its_floor() -> None:
    table = finding.find_cells(tables())
    assert table[["R", "K"]].to_numpy().tolist() == [[2, 1], [2, 4], [5, 1], [5, 4]]
    assert table["above_floor"].to_numpy() == pytest.approx(-0.1)


def test_every_measure_is_related_to_accuracy() -> None:
    table = finding.find_relations(finding.find_cells(tables()))
    assert table["measure"].tolist() == list(finding.MEASURES)
    # Made up so that both grow with R and fall with K.
    assert table["spearman"].to_numpy() == pytest.approx(1)
