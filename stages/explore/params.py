"""What this stage reads of ``params.yaml``."""

from stages.classify.params import ClassifyParams
from stages.core.params import Section


class Settings(Section):
    """The label budgets, of which the smallest and the largest are shown."""

    classify: ClassifyParams
