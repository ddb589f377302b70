"""What this stage reads of ``params.yaml``."""

from stages.params.base import Section, Seed
from stages.params.data import DataParams
from stages.params.tokenize import TokenizeParams


class Settings(Section):
    """The sections; of ``data`` only how many rows are held out."""

    seed: Seed
    data: DataParams
    tokenize: TokenizeParams
