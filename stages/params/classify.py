"""``classify``: the downstream experiment."""

from stages.params.base import (
    DistinctInts,
    Fraction,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Section,
)


class ClassifyParams(Section):
    """``classify``: the downstream experiment."""

    budgets: DistinctInts
    runs: PositiveInt
    epochs: PositiveInt
    min_steps: PositiveInt
    batch: PositiveInt
    lr: PositiveFloat
    dropout: Fraction
    token_dropout: Fraction
    weight_decay: NonNegativeFloat
    label_smoothing: Fraction
    embedding_norm: PositiveFloat
