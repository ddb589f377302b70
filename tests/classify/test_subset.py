from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.classify.subset import (
    labelled_subset,
    rows_of_words,
    vector_numbers,
    without_empty,
)
from stages.vectors.tokens import Texts, Vocabulary

TOKEN_ROWS = st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=8)


@given(pool=st.integers(1, 200), budgets=st.tuples(st.integers(1, 250), st.integers(1, 250)))
def test_a_smaller_budget_is_part_of_a_larger_one(pool: int, budgets: tuple[int, int]) -> None:
    small, large = (labelled_subset(pool, budget, 7, 0).tolist() for budget in sorted(budgets))
    assert large[: len(small)] == small
    assert len(set(large)) == len(large) == min(max(budgets), pool)
    assert all(0 <= number < pool for number in large)


@given(rows=TOKEN_ROWS, pretrained=st.integers(1, 10))
def test_a_row_of_its_own_for_words_of_sgns_or_seen_twice(
    rows: list[list[int]], pretrained: int
) -> None:
    known = np.where(np.arange(10) < pretrained, np.arange(10) * 3, 0)
    words = rows_of_words(Texts.from_lists(rows), known)
    counts = Counter(token for row in rows for token in row)
    expected = {w for w in range(1, 10) if w < pretrained or counts[w] >= 2}
    assert {w for w in range(10) if words.index[w] > 0} == expected
    own = [int(words.index[w]) for w in sorted(expected)]
    assert sorted(own) == list(range(1, words.rows)) and words.rows == len(expected) + 1
    assert words.pretrained.tolist() == [words.index[w] for w in range(1, pretrained)]
    assert words.vectors.tolist() == [3 * w for w in range(1, pretrained)]
    assert words.words().tolist() == [0, *sorted(expected)]


def test_vectors_are_found_by_word() -> None:
    words = Vocabulary(("<unk>", "b", "a", "new"), np.zeros(4, np.int64))
    sgns = Vocabulary(("<unk>", "a", "other", "b"), np.zeros(4, np.int64))
    assert vector_numbers(words, sgns).tolist() == [0, 3, 1, 0]


@given(rows=TOKEN_ROWS)
def test_no_row_is_empty_and_the_others_stay(rows: list[list[int]]) -> None:
    texts = without_empty(Texts.from_lists(rows))
    found = np.split(texts.tokens, texts.offsets[1:-1])
    assert [row.tolist() for row in found] == [row or [0] for row in rows]
