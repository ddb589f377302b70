"""Which words have an id, which id, and what is counted."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.core.console import StageError
from stages.tokenize import vocabulary as module
from stages.tokenize.stage import Sizes
from stages.tokenize.vocabulary import (
    MIN_LABELLED_COUNT,
    corpus_vocabulary,
    labelled_vocabulary,
)
from stages.vectors.tokens import UNKNOWN, Vocabulary

Rows = list[list[str]]
WORDS = st.sampled_from([*"abcdefgh", UNKNOWN])
ROWS = st.lists(st.lists(WORDS, max_size=8), max_size=10)
MIN_COUNT = st.integers(1, 4)


def occurrences(rows: Rows) -> Counter[str]:
    return Counter(word for row in rows for word in row)


def texts(rows: Rows) -> pa.ListArray:
    return pa.array(rows, pa.list_(pa.string()))


def count(rows: Rows) -> Counter[str]:
    return module.count([texts(rows)])


def vocabulary_of(rows: Rows, min_count: int = 1) -> Vocabulary:
    """The vocabulary of rows to which two frequent words are added, so that it always exists."""
    return corpus_vocabulary(count([*rows, ["y"] * 9, ["z"] * 9]), min_count)


@given(ROWS, MIN_COUNT)
def test_a_vocabulary_is_the_frequent_words_in_order_with_their_counts(
    rows: Rows, min_count: int
) -> None:
    vocabulary = vocabulary_of(rows, min_count)
    slow = occurrences(rows) | {"y": 9, "z": 9}
    kept = [(-n, word) for word, n in slow.items() if n >= min_count and word != UNKNOWN]
    assert vocabulary.words == (UNKNOWN, *(word for _, word in sorted(kept)))
    assert vocabulary.counts[1:].tolist() == [slow[word] for word in vocabulary.words[1:]]
    assert vocabulary.counts.sum() == sum(slow.values())


@pytest.mark.parametrize("text", [[], ["a"] * 5, ["a", "a", "b"], [UNKNOWN] * 9])
def test_fewer_than_two_frequent_words_are_refused(text: list[str]) -> None:
    with pytest.raises(StageError, match=r"tokenize\.min_count is 2, but fewer than two words"):
        corpus_vocabulary(count([text]), 2)


def test_unknown_share_of_nothing() -> None:
    sizes = Sizes(2, known=3)
    list(sizes.over([np.empty(0, np.int32)]))
    assert sizes.statistics() == {
        "rows": 2,
        "tokens": 0,
        "unknown_share": 0.0,
        "unknown_to_pretrain_share": 0.0,
    }


@given(ROWS, ROWS)
def test_extension_keeps_ids_and_has_the_other_words_seen_twice(rows: Rows, labelled: Rows) -> None:
    pretrain = vocabulary_of(rows, 2)
    slow = occurrences(labelled)
    new = {w for w, n in slow.items() if n >= MIN_LABELLED_COUNT} - set(pretrain.words)
    extended = labelled_vocabulary(pretrain, count(labelled))
    added = sorted(new, key=lambda word: (-slow[word], word))
    assert extended.words == (*pretrain.words, *added)
    assert extended.counts[1:].tolist() == [slow.get(word, 0) for word in extended.words[1:]]
    assert extended.counts.sum() == sum(slow.values())


@given(st.lists(ROWS, max_size=5))
def test_words_of_parts_are_counted_together(parts: list[Rows]) -> None:
    found = module.count(map(texts, parts))
    assert found == occurrences([row for rows in parts for row in rows])


@given(st.lists(ROWS, max_size=5), st.integers(1, 9))
def test_no_more_words_are_counted_than_may_be(parts: list[Rows], most: int) -> None:
    found = module.count(map(texts, parts), most)
    all_of_them = occurrences([row for rows in parts for row in rows])
    assert len(found) <= most + 1  # <unk> stays
    assert found.total() == all_of_them.total()
    assert all(found[word] <= all_of_them[word] for word in found if word != UNKNOWN)


def test_the_rarest_words_are_dropped_and_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    first = [["a"] * 5, ["b"] * 4, ["c"] * 2, ["d"], ["e"]]
    found = module.count([texts(first), texts([["c", "d", "d"]])], most=4)
    assert found == {"a": 5, "b": 4, "c": 1, "d": 2, UNKNOWN: 4}
    assert capsys.readouterr().out == (
        "tokenize: over 4 different words; the 3 seen no more than 2 times so far are dropped, "
        "and count as <unk> up to here\n"
    )


def test_vocabulary_is_stored_a_word_a_line() -> None:
    vocabulary = corpus_vocabulary(Counter({"a": 2, "b": 3, UNKNOWN: 1}), 1)
    assert vocabulary.text() == "<unk>\t1\nb\t3\na\t2\n"
    assert vocabulary.ids() == {UNKNOWN: 0, "b": 1, "a": 2}
    assert vocabulary.counts.dtype == np.int64
