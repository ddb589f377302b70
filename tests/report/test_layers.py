"""Finding, drawing and telling are apart: a number is computed in one place."""

import ast
from pathlib import Path

import pytest

from tests.support import REPOSITORY

REPORT = REPOSITORY / "stages/report"
FINDING = {"claims", "crossed", "gains", "intervals", "statistics", "word_map"}
SHOWING = {
    *("drawing", "figures", "pictures", "style", "vector_figures"),
    *("page", "section", "show", "summary"),
}
NEITHER = {"__init__", "__main__", "findings", "reading", "rule", "stage", "tables"}


def imported(path: Path) -> set[str]:
    """The modules of the report that a module imports, anywhere in it."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return {name.split(".")[2] for name in names if name.startswith("stages.report.")}


def test_every_module_has_its_layer() -> None:
    assert {path.stem for path in REPORT.glob("*.py")} == FINDING | SHOWING | NEITHER


@pytest.mark.parametrize(
    ("names", "others"),
    [(SHOWING, FINDING), (FINDING | {"findings"}, SHOWING), ({"tables"}, FINDING | SHOWING)],
)
def test_what_shows_computes_nothing_and_what_finds_shows_nothing(
    names: set[str], others: set[str]
) -> None:
    for name in names:
        assert imported(REPORT / f"{name}.py") & others == set(), name
