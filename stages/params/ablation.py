"""``ablation``: the grid over R and K."""

from stages.params.base import DistinctInts, PositiveInt, Section


class AblationParams(Section):
    """``ablation``: the grid over R and K."""

    R: DistinctInts
    K: DistinctInts
    models: PositiveInt
    budgets: DistinctInts
