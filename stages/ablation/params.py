"""``ablation``: vectors of other R and K."""

from typing import Annotated

from pydantic import Field, field_validator

from stages.ablation.cell import Cell
from stages.core.console import StageError
from stages.core.params import DistinctInts, Repeats, Section


class AblationParams(Section):
    """``ablation``: vectors of other R and K. cells: by their names, any of them."""

    cells: Annotated[list[str], Field(min_length=1, max_length=100)]
    models: Repeats
    budgets: DistinctInts

    @property
    def grid(self) -> list[Cell]:
        """The cells, in the order of R and K."""
        return sorted(cells_of(self.cells))

    @field_validator("cells")
    @classmethod
    def _are_cells(cls, names: list[str]) -> list[str]:
        try:
            cells_of(names)
        except StageError as error:
            raise ValueError(f"ablation.cells: {str(error).rstrip('.')}") from None
        return names


def cells_of(names: list[str]) -> list[Cell]:
    """Return the cells of some names; raises StageError if one does not name a cell."""
    return [Cell.of(name) for name in names]
