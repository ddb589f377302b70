"""A cell of the ablation, by its name: ``R5-K1`` is radius 5 and 1 negative a positive."""

import re
from typing import NamedTuple

from stages.core.console import StageError

_NAME = re.compile(r"R([1-9]\d{0,3})-K([1-9]\d{0,3})")


class Cell(NamedTuple):
    """A context radius R, and negatives per positive K."""

    R: int
    K: int

    @classmethod
    def of(cls, name: str) -> "Cell":
        """Return the cell of a name; raises StageError if it does not name one."""
        found = _NAME.fullmatch(name)
        if not found:
            raise StageError(
                f"{name!r} is not a cell; its name must be like R5-K1: a radius R and negatives K, "
                "whole numbers from 1 to 9999."
            )
        return cls(*map(int, found.groups()))

    @property
    def name(self) -> str:
        """The name, also of the cell's folders."""
        return f"R{self.R}-K{self.K}"
