"""``tokenize``: from text to integer ids."""

from stages.core.params import Count, Section


class TokenizeParams(Section):
    """``tokenize``: from text to integer ids."""

    lowercase: bool
    min_count: Count
    max_length: Count
