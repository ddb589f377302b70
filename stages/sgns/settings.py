"""What this stage reads of ``params.yaml``."""

from stages.core.params import Device, Section, Seed
from stages.sgns.params import SgnsParams


class Settings(Section):
    """The sections."""

    seed: Seed
    device: Device
    sgns: SgnsParams
