"""What a trained classifier looks at: the attention of each class, by word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stages.classify.evaluation import WordProducts
from stages.classify.subset import without_empty
from stages.vectors.tokens import UNKNOWN_ID, LabelledTexts

LEAST = 8  # occurrences of a word in validation rows of a class for its attention to count
MOST = 20  # words of each class


@dataclass(frozen=True)
class AttendedWord:
    """How much attention a class pays to a word, on average over occurrences in its own rows.

    share: attention times the tokens of the row, so that 1 is an equal share of it.
    """

    of_class: str
    word: str
    share: float
    occurrences: int


def most_attended(
    model: WordProducts, examples: LabelledTexts, words: Sequence[str], classes: Sequence[str]
) -> list[AttendedWord]:
    """Return, for each class, the words that get most of its attention, most first.

    Of each class only its own rows are looked at: elsewhere its query looks for what speaks
    against it. Only words that occur ``LEAST`` times in them count, and not ``<unk>``.
    """
    found = []
    for c, name in enumerate(classes):
        own = without_empty(examples.texts.take(np.flatnonzero(examples.labels == c)))
        if not len(own):
            continue
        share = model.attention(own, c) * np.repeat(own.lengths, own.lengths)
        total = np.bincount(own.tokens, share, minlength=len(words))
        count = np.bincount(own.tokens, minlength=len(words))
        mean = total / np.maximum(count, 1)
        mean[(count < LEAST) | (np.arange(len(words)) == UNKNOWN_ID)] = -np.inf
        for row in np.argsort(-mean, kind="stable")[:MOST]:
            if np.isfinite(mean[row]):
                found.append(AttendedWord(name, words[row], float(mean[row]), int(count[row])))
    return found
