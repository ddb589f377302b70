"""The page about the studies: its tables are those of the committed run."""

import re
import subprocess

import pytest
import yaml

from stages.console import StageError
from studies.summary import fill
from tests.support import REPOSITORY

README = (REPOSITORY / "studies/README.md").read_text(encoding="utf-8")
NAMES = ("travel", "epochs", "text")


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_are_those_of_the_committed_run(name: str) -> None:
    committed = subprocess.run(
        ["git", "show", f"HEAD:studies/plots/{name}.md"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = committed.stdout if committed.returncode == 0 else "Not run yet."
    shown = README.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]
    assert shown.strip() == expected.strip()


def test_the_table_of_stages_is_the_pipeline() -> None:
    pipeline = yaml.safe_load((REPOSITORY / "studies/dvc.yaml").read_text("utf-8"))
    assert re.findall(r"^\| `([a-z-]+)`", README, re.MULTILINE) == list(pipeline["stages"])


def test_a_text_is_put_between_its_marks_and_nothing_else_changes() -> None:
    page = "before\n<!-- a -->\nold\n<!-- /a -->\nafter\n"
    assert fill(page, {"a": "new \\1\n"}) == page.replace("old", "new \\1")


def test_a_text_without_a_place_is_refused() -> None:
    with pytest.raises(StageError, match="no place for b"):
        fill("nothing here", {"b": "text"})
