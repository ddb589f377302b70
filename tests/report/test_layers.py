"""Finding, drawing and telling are apart: a number is computed in one place."""

import ast
from pathlib import Path

import pytest

from tests.support import REPOSITORY

REPORT = REPOSITORY / "stages/report"
FINDING = {
    *("by_row", "claims", "crossed", "equivalent", "gains", "intervals", "lens", "metrics"),
    *("parts", "series", "statistics", "word_map"),
}
DRAWING = {"drawing", "figures", "pictures", "style", "vector_figures"}
TELLING = {"page", "section", "show", "summary"}
NEITHER = {"__init__", "__main__", "findings", "plots", "reading", "rule", "stage", "tables"}


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
    modules = {path.stem for path in REPORT.glob("*.py")}
    assert modules == FINDING | DRAWING | TELLING | NEITHER


@pytest.mark.parametrize("name", sorted(DRAWING | TELLING))
def test_what_draws_or_tells_computes_nothing(name: str) -> None:
    assert imported(REPORT / f"{name}.py") & FINDING == set()


@pytest.mark.parametrize("name", sorted(FINDING | {"findings"}))
def test_what_finds_draws_nothing(name: str) -> None:
    assert imported(REPORT / f"{name}.py") & (DRAWING | TELLING) == set()


def test_reading_tables_computes_nothing() -> None:
    assert imported(REPORT / "tables.py") == {"reading"}
