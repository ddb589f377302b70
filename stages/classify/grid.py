"""The label budgets of the grid over R and K: read by ``classify-grid`` alone."""

from stages.ablation.params import AblationParams
from stages.core.params import Section, load_sections


class Settings(Section):
    """The section of ``params.yaml``."""

    ablation: AblationParams


def grid_budgets() -> list[int]:
    """Return ``ablation.budgets``; raises StageError if the section is wrong."""
    return load_sections(Settings).ablation.budgets
