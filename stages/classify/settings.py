"""What this stage reads of ``params.yaml``."""

from stages.files.methods import USUAL
from stages.params.base import Device, Section, Seed
from stages.params.classify import ClassifyParams
from stages.params.recipe import RecipeParams


class Settings(Section):
    """The sections."""

    seed: Seed
    device: Device
    classify: ClassifyParams
    usual: RecipeParams

    def recipe(self, name: str) -> RecipeParams:
        """Return a recipe by the name of its section; the others are not looked at."""
        return self.usual if name == USUAL else self.classify
