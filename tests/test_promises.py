"""The table of promises names commands and tests that exist; its record is of these results."""

import hashlib
import re

import pytest

from tests.support import REPOSITORY
from tools.environment import LOCK, RECORD, recorded_lock

TABLE = (REPOSITORY / "docs/promises.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TABLE.splitlines()
    if line.startswith("| **")
]


def test_every_promise_has_its_row_and_the_readme_leads_there() -> None:
    assert len(ROWS) == 14
    assert "(docs/promises.md)" in (REPOSITORY / "README.md").read_text("utf-8")


@pytest.mark.parametrize(("promise", "kept", "repeat", "tests"), ROWS)
def test_commands_and_test_files_exist(promise: str, kept: str, repeat: str, tests: str) -> None:
    assert promise and kept
    [command] = re.findall(r"^`((?:make|pytest) [^`]+)`$", repeat)
    if command.startswith("make "):
        target = f"\n{command.removeprefix('make ')}: "
        assert target in (REPOSITORY / "Makefile").read_text("utf-8")
    paths = re.findall(r"\btests(?:/[\w.]+)+", command)
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []
    files = [(REPOSITORY / path).read_text("utf-8") for path in re.findall(r"`([^`]+)`", tests)]
    assert files and all("def test_" in file for file in files)
    # A slip in a marker would leave a promise without its tests.
    assert "faults" not in command or any("pytest.mark.faults" in file for file in files)


def test_record_of_the_environment_is_of_the_committed_results() -> None:
    if not (REPOSITORY / RECORD).exists():
        pytest.skip("these results were made before there was a record")
    lock = hashlib.sha256((REPOSITORY / LOCK).read_bytes()).hexdigest()
    assert recorded_lock(REPOSITORY) == lock
