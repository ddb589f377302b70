"""Which words have an id, and texts in these ids."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stages.core.arrays import IntArray
from stages.core.console import StageError, say
from stages.vectors.tokens import UNKNOWN, UNKNOWN_ID, Vocabulary

MIN_LABELLED_COUNT = 2  # a word seen once can be learned from, but never met again

# Different words that are counted at a time, at about 200 bytes each. English text has as many in
# some 2 billion tokens. When there are more, the rarest are dropped, as few counts as leave half:
# all words seen once so far, if need be all seen twice, and so on. They count as <unk>, and a word
# that comes again is counted from 1. Texts come in their order and are cut at fixed places, so this
# too is the same whatever number of processes split them.
MOST_WORDS = 5_000_000


def count(texts: Iterable[pa.ListArray], most: int = MOST_WORDS) -> Counter[str]:
    """Count words of texts, ``<unk>`` and what was dropped among them as ``<unk>``."""
    counts: Counter[str] = Counter()
    unknown = 0
    get = counts.get  # several times as fast as a Counter's own way with new words
    for some in texts:
        found = pc.value_counts(some.flatten())
        for word, number in zip(*(field.to_pylist() for field in found.flatten()), strict=True):
            counts[word] = get(word, 0) + number
        unknown += counts.pop(UNKNOWN, 0)
        if len(counts) > most:
            unknown += _drop_rarest(counts, most)
    if unknown:
        counts[UNKNOWN] = unknown
    return counts


def _drop_rarest(counts: Counter[str], most: int) -> int:
    """Drop words until half as many are left as may be counted; return how often they occurred."""
    words_of_count = Counter(counts.values())
    left, dropped_count = len(counts), 0
    for number in sorted(words_of_count):
        if left <= most // 2:
            break
        left -= words_of_count[number]
        dropped_count = number
    dropped = [word for word, number in counts.items() if number <= dropped_count]
    say(
        f"tokenize: over {most:,} different words; the {len(dropped):,} seen no more than "
        f"{dropped_count} times so far are dropped, and count as {UNKNOWN} up to here"
    )
    return sum(counts.pop(word) for word in dropped)


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


def encode(texts: Iterable[pa.ListArray], vocabulary: Vocabulary) -> Iterator[IntArray]:
    """Yield the tokens of texts as a vocabulary's ids, with that of ``<unk>`` where it has none."""
    ids = vocabulary.ids()
    for some in texts:
        found = some.flatten().dictionary_encode()
        known = (ids.get(word, UNKNOWN_ID) for word in found.dictionary.to_pylist())
        of_word = np.fromiter(known, np.int32, len(found.dictionary))
        yield of_word[found.indices.to_numpy()]


def _frequent(counts: Counter[str], min_count: int) -> list[str]:
    kept = (w for w, number in counts.items() if number >= min_count and w != UNKNOWN)
    return sorted(kept, key=lambda word: (-counts[word], word))


def _vocabulary(kept: list[str], counts: Counter[str]) -> Vocabulary:
    numbers = [counts[word] for word in kept]
    unknown = counts.total() - sum(numbers)
    return Vocabulary((UNKNOWN, *kept), np.array([unknown, *numbers], np.int64))
