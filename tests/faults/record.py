"""The figures in ``docs/promises.md``: the third column of its table, a row a promise."""

from collections.abc import Mapping

from tests.support import REPOSITORY

PROMISES = REPOSITORY / "docs/promises.md"
FIGURES = 2  # the column


def rows_of(text: str) -> dict[str, list[str]]:
    """Return the cells of each row of the table, by promise."""
    rows = [cells_of(line) for line in text.splitlines() if line.startswith("| **")]
    return {cells[0].strip("* "): cells for cells in rows}


def cells_of(line: str) -> list[str]:
    """Return the cells of a line of a table."""
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def with_figures(text: str, survived: Mapping[str, Mapping[str, int]]) -> str:
    """Return the document with what a run survived; rows of other promises stay as they are."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        cells = cells_of(line)
        promise = cells[0].strip("* ")
        if line.startswith("| **") and promise in survived:
            kinds = sorted(survived[promise].items())
            cells[FIGURES] = ", ".join(f"{count:,} {kind}" for kind, count in kinds)
            lines[number] = f"| {' | '.join(cells)} |"
    return "\n".join(lines) + "\n"
