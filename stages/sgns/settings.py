"""What this stage reads of ``params.yaml``."""

from stages.params.base import Device, Section, Seed
from stages.params.sgns import SgnsParams


class Settings(Section):
    """The sections."""

    seed: Seed
    device: Device
    sgns: SgnsParams
