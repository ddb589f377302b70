"""``studies/params.yaml`` as typed, validated objects."""

from itertools import product
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from stages.ablation.cell import Cell
from stages.core.params import (
    DistinctInts,
    Fraction,
    Name,
    PositiveFloat,
    PositiveInt,
    Section,
    load_sections,
)


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


class SubwordsParams(Section):
    """``subwords``: pieces of words instead of words. pieces: how many are learned."""

    pieces: PositiveInt


def _rising(bounds: list[float]) -> list[float]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"tuned has the range {bounds}, but the lower end must come first")
    return bounds


Two = Field(min_length=2, max_length=2)
Positive = Annotated[list[PositiveFloat], Two, AfterValidator(_rising)]
Share = Annotated[list[Fraction], Two, AfterValidator(_rising)]


class TunedParams(Section):
    """``tuned``: how much is tried, and the range of each hyper-parameter.

    configurations: for each arm and budget, the shared one included. length: factor of ``epochs``
    and ``min_steps``.
    """

    configurations: PositiveInt
    runs: PositiveInt
    lr: Positive
    length: Positive
    embedding_norm: Positive
    weight_decay: Positive
    dropout: Share
    token_dropout: Share
    label_smoothing: Share


class StudyParams(Section):
    """The whole file. runs: of each classifier, but for ``tuned``."""

    runs: PositiveInt
    travel: TravelParams
    in_domain: InDomainParams
    epochs: EpochsParams
    text: TextParams
    subwords: SubwordsParams
    tuned: TunedParams


def load_studies() -> StudyParams:
    """Read the file; raises StageError if it is wrong."""
    return load_sections(StudyParams, Path("studies/params.yaml"))
