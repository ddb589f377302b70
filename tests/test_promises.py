"""The table of promises names commands, files and tests that exist, and results of this lock."""

import hashlib
import re

import pytest

from tests.faults.record import FIGURES, PROMISES, rows_of, with_figures
from tests.support import REPOSITORY
from tools.environment import LOCK, RECORD, recorded_lock

TEXT = PROMISES.read_text("utf-8")
ROWS = rows_of(TEXT)
COMMAND, TESTS = 3, 4


def test_every_promise_has_its_row_and_the_readme_leads_there() -> None:
    assert len(ROWS) == 12
    assert {len(cells) for cells in ROWS.values()} == {5}
    assert "(docs/promises.md)" in (REPOSITORY / "README.md").read_text("utf-8")


@pytest.mark.parametrize("promise", ROWS)
def test_commands_and_test_files_exist(promise: str) -> None:
    tests = re.findall(r"`([^`]+)`", ROWS[promise][TESTS])
    assert tests
    [command] = re.findall(r"^`([^`]+)`$", ROWS[promise][COMMAND])
    paths = [*tests, *re.findall(r"\btests/[\w/.]+", command)]
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []
    assert all("def test_" in (REPOSITORY / path).read_text("utf-8") for path in tests)
    if command.startswith("make "):
        target = f"\n{command.removeprefix('make ')}: "
        assert target in (REPOSITORY / "Makefile").read_text("utf-8")
    elif command.startswith("python -m "):
        module = command.split()[2].replace(".", "/")
        assert (REPOSITORY / f"{module}.py").is_file()
    else:
        assert command.startswith("pytest ")


def test_every_count_has_its_row() -> None:
    """What the faults count is counted under a promise of the table."""
    files = [*(REPOSITORY / "tests").rglob("test_*.py")]
    calls = [re.findall(r"\bsurvived\(\s*\"([^\"]+)\"", p.read_text("utf-8")) for p in files]
    counted = {promise for found in calls for promise in found}
    assert counted == {
        promise for promise, cells in ROWS.items() if "`make test`" not in cells[FIGURES]
    }


def test_counts_go_into_their_rows_alone() -> None:
    filled = with_figures(TEXT, {"Kills": {"of b": 1200, "of a": 3}})
    found = rows_of(filled)
    assert found["Kills"][FIGURES] == "3 of a, 1,200 of b"
    assert found | {"Kills": ROWS["Kills"]} == ROWS
    assert with_figures(filled, {}) == filled
    assert with_figures(TEXT, {}) == TEXT


def test_record_of_the_environment_is_of_the_committed_results() -> None:
    if not (REPOSITORY / RECORD).exists():
        pytest.skip("these results were made before there was a record")
    lock = hashlib.sha256((REPOSITORY / LOCK).read_bytes()).hexdigest()
    assert recorded_lock(REPOSITORY) == lock


@pytest.mark.parametrize("promise", [name for name in ROWS if "faults" in ROWS[name][COMMAND]])
def test_long_tests_are_marked(promise: str) -> None:
    """A slip in a marker would leave a promise without its tests."""
    files = [REPOSITORY / path for path in re.findall(r"`([^`]+)`", ROWS[promise][TESTS])]
    assert any("pytest.mark.faults" in path.read_text("utf-8") for path in files)
