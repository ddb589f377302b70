"""``classify``: the downstream experiment."""

from typing import Annotated

from stages.params.base import DistinctInts, PositiveFloat, Repeats, at_most
from stages.params.recipe import RecipeParams


class ClassifyParams(RecipeParams):
    """``classify``: the downstream experiment, and its recipe."""

    budgets: DistinctInts
    runs: Repeats
    embedding_norm: Annotated[PositiveFloat, at_most(1000, "attention to one word alone")]
