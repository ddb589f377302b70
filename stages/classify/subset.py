"""Which labelled examples a run may see, and which words get a row of their own."""

from dataclasses import dataclass

import numpy as np

from stages.classify.streams import SUBSET
from stages.core.arrays import IntArray, LongArray
from stages.core.randomness import stream
from stages.vectors.tokens import UNKNOWN, UNKNOWN_ID, Texts, Vocabulary

MIN_COUNT = 2  # occurrences in the labelled examples that earn a word a row


def labelled_subset(pool_size: int, budget: int, seed: int, run: int) -> LongArray:
    """Choose ``budget`` examples of the pool at random, (budget,); the whole pool if smaller.

    For one run, a smaller budget's examples are the first of a larger one's.
    """
    order: LongArray = stream(SUBSET, seed, run).permutation(pool_size)
    return order[:budget]


@dataclass(frozen=True)
class RowOfWord:
    """The embedding row of each word. index: (words,), 0 for a word without a row of its own.

    rows: number of rows. pretrained: (k,) the rows of words that SGNS knows. vectors: (k,) the
    numbers of their vectors.
    """

    index: IntArray
    rows: int
    pretrained: LongArray
    vectors: LongArray

    def encode(self, rows: Texts) -> Texts:
        """Replace word ids by embedding rows."""
        return Texts(self.index[rows.tokens], rows.offsets)

    def words(self) -> LongArray:
        """Return the id of each row's word, (rows,); ``<unk>`` has the first."""
        return np.concatenate([[UNKNOWN_ID], np.flatnonzero(self.index)])


def rows_of_words(subset: Texts, known: LongArray) -> RowOfWord:
    """Give a row to every word that SGNS knows or that occurs at least twice in ``subset``.

    Args:
        subset: the labelled examples of one run.
        known: (words,) the number of each word's vector, 0 for words that SGNS does not know.
    """
    has_row = np.bincount(subset.tokens, minlength=len(known)) >= MIN_COUNT
    has_row |= known > 0
    has_row[UNKNOWN_ID] = False
    index = np.where(has_row, np.cumsum(has_row), 0).astype(np.int32)
    pretrained = np.flatnonzero(known)
    return RowOfWord(
        index, int(has_row.sum()) + 1, index[pretrained].astype(np.int64), known[pretrained]
    )


def vector_numbers(words: Vocabulary, sgns: Vocabulary) -> LongArray:
    """Return the number of each word's vector, (words,); 0 for a word that SGNS does not know."""
    numbers = sgns.ids()
    found = [0 if word == UNKNOWN else numbers.get(word, 0) for word in words.words]
    return np.array(found, np.int64)


def without_empty(rows: Texts) -> Texts:
    """Give each row without tokens one unknown token, for attention to rest on."""
    tokens = np.insert(rows.tokens, rows.offsets[:-1][rows.lengths == 0], UNKNOWN_ID)
    offsets = np.concatenate([[0], np.cumsum(np.maximum(rows.lengths, 1))])
    return Texts(tokens, offsets)
