"""``studies/params.yaml`` as typed, validated objects."""

from itertools import product
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field

from stages.ablation.cell import Cell
from stages.core.params import DistinctInts, Name, PositiveInt, Section, load_sections

STUDIES_PARAMS = Path("studies/params.yaml")


class TaskParams(Section):
    """One task of ``travel``. skewed: whether macro-F1 is told beside accuracy."""

    validation: PositiveInt
    max_length: PositiveInt
    skewed: bool
    budgets: DistinctInts


class TravelParams(Section):
    """``travel``: the same questions on other tasks.

    trained: names of the cells that the main experiment does not have, models: how many of each.
    """

    tasks: Annotated[dict[Name, TaskParams], Field(min_length=1)]
    R: DistinctInts
    K: DistinctInts
    trained: list[Name]
    models: PositiveInt

    def cells(self) -> list[Cell]:
        """Return every R and K that is tried."""
        return [Cell(*pair) for pair in product(self.R, self.K)]


class InDomainParams(Section):
    """``in_domain``: vectors of each pool's own text.

    epochs: of SGNS, by task; of those that are tried, the one with the least loss on held-out
    text is taken.
    """

    models: PositiveInt
    epochs: Annotated[dict[Name, DistinctInts], Field(min_length=1)]


class EpochsParams(Section):
    """``epochs``: training length. models: of each, but for the main experiment's own length."""

    K: DistinctInts
    epochs: DistinctInts
    R: PositiveInt
    models: PositiveInt
    budget: PositiveInt


class PartParams(Section):
    """A part of the text: one row in so many; epochs: as in ``InDomainParams``."""

    part: PositiveInt
    epochs: DistinctInts


class TextParams(Section):
    """``text``: how much text. parts: beside the whole; models: of each."""

    parts: Annotated[list[PartParams], Field(min_length=1)]
    models: PositiveInt
    budget: PositiveInt


class StudyParams(Section):
    """What all studies but ``tuned`` vary. runs: of each classifier."""

    runs: PositiveInt
    travel: TravelParams
    in_domain: InDomainParams
    epochs: EpochsParams
    text: TextParams


SomeSection = TypeVar("SomeSection", bound=Section)


def load_studies(wanted: type[SomeSection]) -> SomeSection:
    """Read the sections that ``wanted`` has fields for; raises StageError if one is wrong."""
    return load_sections(wanted, STUDIES_PARAMS)
