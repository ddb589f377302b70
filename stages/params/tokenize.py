"""``tokenize``: from text to integer ids."""

from stages.params.base import Count, Section


class TokenizeParams(Section):
    """``tokenize``: from text to integer ids."""

    lowercase: bool
    min_count: Count
    max_length: Count
