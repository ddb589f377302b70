"""A recipe of the classifier's training: ``usual``, and what ``classify`` has of one."""

from typing import Annotated, Literal

from stages.params.base import (
    Count,
    Epochs,
    Fraction,
    NonNegativeFloat,
    PositiveFloat,
    Section,
    at_most,
)


class RecipeParams(Section):
    """How a classifier is trained, whatever its embedding starts from."""

    epochs: Epochs
    min_steps: Count
    batch: Count
    lr: PositiveFloat
    schedule: Literal["linear", "constant"]
    dropout: Fraction
    token_dropout: Fraction
    weight_decay: Annotated[NonNegativeFloat, at_most(1000, "nothing is left of the weights")]
    label_smoothing: Fraction
