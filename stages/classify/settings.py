"""What this stage reads of ``params.yaml``."""

from stages.params.base import Device, Section, Seed
from stages.params.classify import ClassifyParams


class Settings(Section):
    """The sections."""

    seed: Seed
    device: Device
    classify: ClassifyParams
