"""Which words have an id."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from stages.console import StageError
from stages.files.tokens import UNKNOWN, UNKNOWN_ID, Texts, Vocabulary

MIN_LABELLED_COUNT = 2  # a word seen once can be learned from, but never met again


def count(rows: Iterable[Sequence[str]]) -> Counter[str]:
    """Count the words of rows, ``<unk>`` among them."""
    return Counter(word for row in rows for word in row)


def corpus_vocabulary(counts: Counter[str], min_count: int) -> Vocabulary:
    """Return ``<unk>`` and every word that occurs ``min_count`` times, by falling count.

    Raises:
        StageError: no word is frequent enough.
    """
    kept = _frequent(counts, min_count)
    if len(kept) < 2:
        raise StageError(
            f"tokenize.min_count is {min_count}, but fewer than two words of a corpus "
            "for SGNS occur as often; lower it or bring more text."
        )
    return _vocabulary(kept, counts)


def labelled_vocabulary(pretrain: Vocabulary, counts: Counter[str]) -> Vocabulary:
    """Extend ``pretrain`` (ids unchanged) by the words that only the labelled text has.

    The counts are those of the labelled training pool.
    """
    known = set(pretrain.words)
    extra = [word for word in _frequent(counts, MIN_LABELLED_COUNT) if word not in known]
    return _vocabulary([*pretrain.words[1:], *extra], counts)


def encode(rows: Iterable[Sequence[str]], vocabulary: Vocabulary) -> Texts:
    """Replace words by ids, and those without one by the id of ``<unk>``."""
    ids = vocabulary.ids()
    return Texts.from_lists([[ids.get(word, UNKNOWN_ID) for word in row] for row in rows])


def unknown_share(rows: Texts) -> float:
    """Return the share of tokens that are ``<unk>``; 0 where there are no tokens."""
    return float(np.mean(rows.tokens == UNKNOWN_ID)) if len(rows.tokens) else 0.0


def _frequent(counts: Counter[str], min_count: int) -> list[str]:
    kept = (w for w, number in counts.items() if number >= min_count and w != UNKNOWN)
    return sorted(kept, key=lambda word: (-counts[word], word))


def _vocabulary(kept: list[str], counts: Counter[str]) -> Vocabulary:
    numbers = [counts[word] for word in kept]
    unknown = counts.total() - sum(numbers)
    return Vocabulary((UNKNOWN, *kept), np.array([unknown, *numbers], np.int64))
