"""What this stage reads of ``params.yaml``."""

from stages.core.params import Section, Seed
from stages.texts.params import DataParams
from stages.tokenize.params import TokenizeParams


class Settings(Section):
    """The sections; of ``data`` only how many rows are held out."""

    seed: Seed
    data: DataParams
    tokenize: TokenizeParams
