"""``tokenize``: from text to integer ids."""

from stages.params.base import PositiveInt, Section


class TokenizeParams(Section):
    """``tokenize``: from text to integer ids."""

    lowercase: bool
    min_count: PositiveInt
    max_length: PositiveInt
