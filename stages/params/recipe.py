"""A recipe of the classifier's training: ``usual``, and what ``classify`` has of one."""

from typing import Literal

from stages.params.base import Fraction, NonNegativeFloat, PositiveFloat, PositiveInt, Section


class RecipeParams(Section):
    """How a classifier is trained, whatever its embedding starts from."""

    epochs: PositiveInt
    min_steps: PositiveInt
    batch: PositiveInt
    lr: PositiveFloat
    schedule: Literal["linear", "constant"]
    dropout: Fraction
    token_dropout: Fraction
    weight_decay: NonNegativeFloat
    label_smoothing: Fraction
