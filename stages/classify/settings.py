"""What this stage reads of ``params.yaml``."""

from stages.classify.params import ClassifyParams, RecipeParams
from stages.core.params import Device, Section, Seed
from stages.results.methods import USUAL


class Settings(Section):
    """The sections."""

    seed: Seed
    device: Device
    classify: ClassifyParams
    usual: RecipeParams

    def recipe(self, name: str) -> RecipeParams:
        """Return a recipe by the name of its section; the others are not looked at."""
        return self.usual if name == USUAL else self.classify
