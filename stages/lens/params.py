"""What this stage reads of ``params.yaml``: the vectors say for themselves how they were made."""

from stages.core.params import Section, Seed


class Settings(Section):
    """The root of its random streams."""

    seed: Seed
