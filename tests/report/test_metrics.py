from pathlib import Path

import pytest

from stages.files.atomic import seal
from stages.report.tables import grid_reproduces_main
from tests.report.synthetic import findings, params


def put(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "vectors.safetensors").write_bytes(content)


def test_headline_is_accuracy_and_gain_by_budget() -> None:
    assert findings().metrics == {
        "word2vec_test_accuracy": {"100": 0.871, "400": 0.861},
        "gain_over_vanilla_points": {"100": 6.0, "400": 2.0},
        "sgns_validation_loss": 2.2,
        "grid_reproduces_main": True,
    }


def test_a_grid_cell_like_the_main_models_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("main", "grid/R5-K1"):
        put(tmp_path / "models/sgns" / name, b"the same")
        put(tmp_path / "models/sgns" / name / "model-1", b"another")
        seal(tmp_path / "models/sgns" / name)
    assert grid_reproduces_main(params()) is True


def test_a_differing_grid_cell_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, second in (("main", b"one"), ("grid/R5-K1", b"other")):
        put(tmp_path / "models/sgns" / name, b"the same")
        put(tmp_path / "models/sgns" / name / "model-1", second)
        seal(tmp_path / "models/sgns" / name)
    assert grid_reproduces_main(params()) is False
    outside = params().sgns.model_copy(update={"R": 3})
    assert grid_reproduces_main(params().model_copy(update={"sgns": outside})) is None
