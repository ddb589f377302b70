"""``classify``: the downstream experiment. ``usual``: another recipe for it."""

from typing import Annotated, Literal

from stages.core.params import (
    Count,
    Device,
    DistinctInts,
    Epochs,
    Fraction,
    NonNegativeFloat,
    PositiveFloat,
    Repeats,
    Section,
    Seed,
    at_most,
)
from stages.results.methods import USUAL


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


class ClassifyParams(RecipeParams):
    """``classify``: the downstream experiment, and its recipe."""

    budgets: DistinctInts
    runs: Repeats
    embedding_norm: Annotated[PositiveFloat, at_most(1000, "attention to one word alone")]


class Settings(Section):
    """What the stage reads of ``params.yaml``."""

    seed: Seed
    device: Device
    classify: ClassifyParams
    usual: RecipeParams

    def recipe(self, name: str) -> RecipeParams:
        """Return a recipe by the name of its section; the others are not looked at."""
        return self.usual if name == USUAL else self.classify
