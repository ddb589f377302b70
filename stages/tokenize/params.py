"""``tokenize``: from text to integer ids."""

from stages.core.params import Count, Section, Seed
from stages.texts.params import DataParams


class TokenizeParams(Section):
    """``tokenize``: from text to integer ids."""

    lowercase: bool
    min_count: Count
    max_length: Count


class Settings(Section):
    """What the stage reads of ``params.yaml``; of ``data`` only how many rows are held out."""

    seed: Seed
    data: DataParams
    tokenize: TokenizeParams
