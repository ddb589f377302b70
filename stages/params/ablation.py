"""``ablation``: the grid over R and K."""

from stages.params.base import DistinctInts, Repeats, Section


class AblationParams(Section):
    """``ablation``: the grid over R and K."""

    R: DistinctInts
    K: DistinctInts
    models: Repeats
    budgets: DistinctInts
