from pathlib import Path

import pytest

from stages.core.atomic import seal, write_text
from stages.report.tables import grid_reproduces_main
from tests.report.synthetic import findings, params


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
