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
from stages.tokenize.vocabulary import MIN_LABELLED_COUNT, corpus_vocabulary, labelled_vocabulary
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
    assert sizes.statistics()["unknown_share"] == 0.0


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


def test_the_rarest_words_are_dropped_and_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    first = [["a"] * 5, ["b"] * 4, ["c"] * 2, ["d"], ["e"]]
    found = module.count([texts(first), texts([["c", "d", "d"]])], most=4)
    assert found == {"a": 5, "b": 4, "c": 1, "d": 2, UNKNOWN: 4}
    assert capsys.readouterr().out == (
        "tokenize: over 4 different words; the 3 seen no more than 2 times so far are dropped, "
        "and count as <unk> up to here\n"
    )
