"""A workspace runs the ordinary programs with parameters and texts of its own."""

from pathlib import Path

import pytest
import yaml

from stages.core.console import StageError
from studies.sgns import part_of
from studies.workspace import SCRATCH, workspace
from tests.support import made_up_rows, raw_params, write_params


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_params(tmp_path)
    monkeypatch.chdir(tmp_path)


def test_it_has_the_main_parameters_but_for_the_changes() -> None:
    with workspace("one", {"classify.runs": 3}) as place:
        place.change({"sgns.epochs": 1})
        written = yaml.safe_load((place.root / "params.yaml").read_text("utf-8"))
    assert written == raw_params({"classify.runs": 3, "sgns.epochs": 1})


def test_it_is_gone_afterwards_and_also_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), workspace("one", {}):
        _ = 1 / 0
    assert not (SCRATCH / "one").exists()


def test_a_wrong_change_is_refused_by_the_program_that_reads_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    changes = {"tokenize.max_length": 0}
    with workspace("one", changes) as place, pytest.raises(StageError, match="failed"):
        place.run("stages.tokenize")
    assert "max_length is 0" in capfd.readouterr().err


def test_a_smaller_part_is_in_every_larger_one_and_keeps_the_order() -> None:
    rows = made_up_rows(100)
    half, quarter = part_of(rows, 2), part_of(rows, 4)
    assert (len(half), len(quarter), part_of(rows, 1)) == (50, 25, rows)
    assert set(quarter) < set(half)
    assert half == [row for row in rows if row in set(half)]
    assert half != rows[:50]
