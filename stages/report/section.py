"""A table as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

TEXT_COLUMNS = {"arm", "claim", "verdict", "statement", "measure"}


@dataclass(frozen=True)
class Section:
    """A table with what is to be known of it. name: for links. header: of each column."""

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str

    def markdown(self) -> str:
        """Return the table and its note."""
        rule = ["---" if name in TEXT_COLUMNS else "---:" for name in self.header]
        lines = [f"| {' | '.join(cells)} |" for cells in (self.header, rule, *self.rows)]
        return "\n".join([*lines, "", self.note, ""])
