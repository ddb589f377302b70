"""``classify``: the downstream experiment."""

from stages.params.base import DistinctInts, PositiveFloat, PositiveInt
from stages.params.recipe import RecipeParams


class ClassifyParams(RecipeParams):
    """``classify``: the downstream experiment, and its recipe."""

    budgets: DistinctInts
    runs: PositiveInt
    embedding_norm: PositiveFloat
