"""Which labelled examples a run may see, and which words get a row of their own."""

from dataclasses import dataclass

import numpy as np

from stages.artifacts import UNKNOWN_ID, IntArray, Labelled, LongArray, TokenRows

MIN_COUNT = 2  # occurrences in the labelled examples that earn a word a row


def labelled_subset(pool_size: int, budget: int, seed: int) -> LongArray:
    """Choose ``budget`` examples of the pool at random, (budget,); the whole pool if smaller.

    For one seed, a smaller budget's examples are the first of a larger one's.
    """
    order: LongArray = np.random.default_rng([seed, 2]).permutation(pool_size)
    return order[:budget]


@dataclass(frozen=True)
class RowOfWord:
    """The embedding row of each word. index: (words,), 0 for a word without a row of its own.

    rows: number of rows. pretrained: (k,) ids of the words that SGNS knows, whose rows are
    1..k in the same order; the rows above are of words that only the labelled text has.
    """

    index: IntArray
    rows: int
    pretrained: LongArray

    def encode(self, rows: TokenRows) -> TokenRows:
        """Replace word ids by embedding rows."""
        return TokenRows(self.index[rows.tokens], rows.offsets)


def rows_of_words(subset: TokenRows, words: int, pretrained: int) -> RowOfWord:
    """Give a row to every word that SGNS knows or that occurs at least twice in ``subset``.

    Args:
        subset: the labelled examples of one run.
        words: number of ids, ``<unk>`` included.
        pretrained: number of ids that SGNS knows, ``<unk>`` included.
    """
    counts = np.bincount(subset.tokens, minlength=words)
    has_row = counts >= MIN_COUNT
    has_row[:pretrained] = True
    has_row[UNKNOWN_ID] = False
    index = np.where(has_row, np.cumsum(has_row), 0).astype(np.int32)
    return RowOfWord(index, int(has_row.sum()) + 1, np.arange(1, pretrained))


def padded_batch(examples: Labelled, numbers: LongArray) -> tuple[LongArray, LongArray]:
    """Return rows of tokens side by side, (B, T) padded with 0, and their lengths, (B,).

    A row without tokens becomes one unknown token, so that attention has something to rest on.
    """
    chosen = examples.rows.take(numbers)
    lengths = chosen.lengths
    table = np.zeros((len(numbers), max(int(lengths.max(initial=1)), 1)), np.int64)
    table[np.arange(table.shape[1]) < lengths[:, None]] = chosen.tokens
    return table, np.maximum(lengths, 1)
