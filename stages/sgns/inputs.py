"""What this stage reads of ``data/tokens``; without torch, which takes seconds to import."""

from dataclasses import dataclass

import numpy as np

from stages.core.console import StageError
from stages.vectors.tokens import (
    TOKENS,
    UNKNOWN_ID,
    Texts,
    Vocabulary,
    read_texts,
    read_vocabulary,
)

ROWS_AT_A_TIME = 10_000


@dataclass(frozen=True)
class Inputs:
    """A corpus: what is trained on, what the loss is measured on, and the words of both."""

    train: Texts
    validation: Texts
    vocabulary: Vocabulary


def read_inputs(corpus: str) -> Inputs:
    """Read a corpus.

    Raises:
        StageError: a file is missing or damaged, or no row has two words to make a pair of.
    """
    folder = TOKENS / corpus
    vocabulary = read_vocabulary(folder)
    train, validation = (read_texts(folder, split) for split in ("train", "validation"))
    if not has_pair(train):
        raise StageError(
            f"no row of {folder}/train has two words of the vocabulary, so there is no pair to "
            "learn from; bring rows of several words, or lower tokenize.min_count."
        )
    return Inputs(train, validation, vocabulary)


def has_pair(rows: Texts) -> bool:
    """Return whether any row has two known words; reads no further than it needs to."""
    for first in range(0, len(rows), ROWS_AT_A_TIME):
        offsets = rows.offsets[first : first + ROWS_AT_A_TIME + 1]
        known = rows.tokens[offsets[0] : offsets[-1]] != UNKNOWN_ID
        before = np.concatenate([[0], np.cumsum(known)])
        if (np.diff(before[offsets - offsets[0]]) > 1).any():
            return True
    return False
