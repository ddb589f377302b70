"""The batches of an epoch: which words are centres, positives and negatives."""

from collections.abc import Iterator

import numpy as np
import pytest

from stages.core.randomness import stream
from stages.sgns.batches import Batch, Sampler, farthest
from stages.sgns.params import SgnsParams
from stages.vectors.tokens import Texts
from tests.sgns.examples import config

TOKENS = 1000


def numbered_rows() -> Texts:
    """Every word once, in rows of 6 tokens on average, and <unk> here and there."""
    cuts = np.sort(np.random.default_rng(4).integers(1, TOKENS + 1, TOKENS // 6))
    rows = [part.tolist() for part in np.split(np.arange(1, TOKENS + 1), cuts - 1)]
    return Texts.from_lists([[0, *row] if len(row) % 3 else row for row in rows])


ROWS = numbered_rows()
COUNTS = np.bincount(ROWS.tokens, minlength=TOKENS + 1).astype(np.int64)


def drawn(params: SgnsParams, seed: int = 0) -> list[Batch]:
    return list(batches(Sampler(COUNTS, params), ROWS, seed))


def batches(sampler: Sampler, rows: Texts, seed: int = 0) -> Iterator[Batch]:
    return sampler.batches(rows, stream("batches", seed))


@pytest.mark.parametrize("size", [64, 100, 5000])
def test_an_epoch_visits_each_known_token_once_in_an_order_of_its_own(size: int) -> None:
    first, second = (
        [word for batch in drawn(config(batch=size), seed) for word in batch.tokens.tolist()]
        for seed in (0, 1)
    )
    assert sorted(first) == sorted(second) == list(range(1, TOKENS + 1)) and first != second


def test_positives_are_words_of_the_same_row_at_most_r_away() -> None:
    (batch,) = drawn(config(R=2, dynamic_radius=False, batch=5000))
    found = {
        (int(batch.tokens[i]), int(batch.tokens[j]))
        for i in range(len(batch.tokens))
        for j in range(i - batch.left[i], i + batch.right[i] + 1)
        if i != j
    }
    expected = set()
    for start, end in zip(ROWS.offsets[:-1], ROWS.offsets[1:], strict=True):
        row = [word for word in ROWS.tokens[start:end].tolist() if word]
        expected |= {(a, b) for a in row for b in row if 0 < abs(a - b) <= 2}
    assert found == expected


def test_a_radius_beyond_the_longest_row_is_that_of_the_longest_row() -> None:
    short, long = Texts.from_lists([[1], [2, 3]]), Texts.from_lists([[], [1, 2, 3, 4]])
    assert farthest(short, long) == farthest(long) == 3
    assert farthest(Texts.from_lists([])) == farthest(Texts.from_lists([[1]])) == 1
    wide = Sampler(COUNTS, config(R=400, dynamic_radius=False), farthest(long))
    just = Sampler(COUNTS, config(R=3, dynamic_radius=False))
    assert wide.layout == just.layout
    for one, two in zip(batches(wide, long), batches(just, long), strict=True):
        np.testing.assert_equal(one, two)


def test_steps_are_the_batches_that_an_epoch_is_expected_to_have() -> None:
    assert Sampler(COUNTS, config(batch=100)).steps == 10
    assert Sampler(COUNTS, config(batch=99)).steps == 11
    assert Sampler(np.array([9, 0]), config()).steps == 1
