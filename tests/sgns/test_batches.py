from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.files.arrays import IntArray
from stages.files.tokens import Texts
from stages.params.sgns import SgnsParams
from stages.randomness import stream
from stages.sgns.batches import Batch, Sampler, farthest, uses_of_batch
from stages.sgns.lanes import LANES
from tests.sgns.examples import config

TOKENS = 1000


def numbered_rows() -> Texts:
    """Every word once, in rows of 6 tokens on average, and <unk> here and there."""
    cuts = np.sort(np.random.default_rng(4).integers(1, TOKENS + 1, TOKENS // 6))
    rows = [part.tolist() for part in np.split(np.arange(1, TOKENS + 1), cuts - 1)]
    return Texts.from_lists([[0, *row] if len(row) % 3 else row for row in rows])


ROWS = numbered_rows()
COUNTS = np.bincount(ROWS.tokens, minlength=TOKENS + 1).astype(np.int64)


def drawn(params: SgnsParams, lane: int, seed: int = 0) -> list[Batch]:
    return list(batches(Sampler(COUNTS, params), ROWS, lane, seed))


def batches(sampler: Sampler, rows: Texts, lane: int, seed: int = 0) -> Iterator[Batch]:
    return sampler.batches(rows, stream("rows", seed), stream("lane", seed, lane), lane)


def centres_of(batch: Batch) -> list[int]:
    """The known words that are centres; padding is <unk>."""
    uses = batch.rows[batch.place.long()]
    return [word for word in uses[: len(batch.case)].tolist() if word]


def pools_of(batch: Batch, params: SgnsParams) -> IntArray:
    layout = Sampler(COUNTS, params).layout
    keys = batch.rows[batch.place.long()][len(batch.case) :].view(-1, layout.keys)
    pools: IntArray = keys[:, layout.window :].numpy() - len(COUNTS)
    return pools


@settings(deadline=None)
@given(
    words=st.lists(st.integers(0, 29), min_size=2, max_size=80),
    cut=st.integers(1, 79),
    vocabulary=st.sampled_from([30, 2**25, 2**26]),  # numbers of 32 bits hold the first two
)
def test_uses_are_grouped_by_row_in_order_of_position(
    words: list[int], cut: int, vocabulary: int
) -> None:
    cut = min(cut, len(words) - 1)
    centres, keys = (np.array(part, np.int32) for part in (words[:cut], words[cut:]))
    batch = Batch.of(np.zeros(1, np.int32), centres, keys, vocabulary)
    uses = words[:cut] + [word + vocabulary for word in words[cut:]]
    assert batch.rows.tolist() == sorted(set(uses))
    assert batch.rows[batch.place.long()].tolist() == uses
    assert len(batch.first) == len(batch.rows) + 1
    assert batch.first[[0, -1]].tolist() == [0, len(uses)] and len(batch.order) == len(uses)
    for entry, row in enumerate(batch.rows.tolist()):
        group = batch.order[batch.first[entry] : batch.first[entry + 1]]
        assert group.tolist() == [i for i, use in enumerate(uses) if use == row]


def test_moving_a_batch_changes_nothing_in_it() -> None:
    batch = drawn(config(), 0)[0]
    moved = batch.to(torch.device("cpu"))
    assert all(torch.equal(moved.__dict__[name], batch.__dict__[name]) for name in batch.__dict__)


@pytest.mark.parametrize("size", [64, 100, 5000])
def test_the_lanes_together_visit_each_known_token_once(size: int) -> None:
    params = config(batch=size)
    seen = Counter(w for lane in range(LANES) for b in drawn(params, lane) for w in centres_of(b))
    assert seen == Counter(range(1, TOKENS + 1))


def test_the_lanes_share_the_work() -> None:
    first, second = (
        sum(len(centres_of(batch)) for batch in drawn(config(), lane)) for lane in range(LANES)
    )
    assert abs(first - second) < 0.1 * TOKENS


def test_rows_come_whole_and_in_another_order_each_epoch() -> None:
    orders = []
    for seed in (0, 1):
        centres = [w for batch in drawn(config(batch=100), 0, seed) for w in centres_of(batch)]
        steps = np.diff(centres)
        # Within a row the next word has the next number; a row has 6 words on average.
        assert (steps == 1).mean() > 0.7
        orders.append(centres)
    assert orders[0] != orders[1]


def test_all_batches_but_the_last_are_full_and_the_last_is_padded() -> None:
    params = config(batch=100)
    sampler = Sampler(COUNTS, params)
    *full, last = drawn(params, 0)
    assert full and all(len(centres_of(batch)) == 100 for batch in full)
    assert all(len(batch.place) == uses_of_batch(sampler.layout, 100) for batch in full)
    assert sampler.uses == uses_of_batch(sampler.layout, 100)
    rest = len(centres_of(last))
    assert 0 < rest < 100
    assert len(last.place) == uses_of_batch(sampler.layout, rest) <= sampler.uses
    assert len(last.case) == sampler.layout.blocks(rest) * sampler.layout.block
    assert not sampler.layout.positives[last.case.long()][rest:].any()


def test_positives_are_words_of_the_same_row_at_most_r_away() -> None:
    params = config(R=2, dynamic_radius=False, batch=5000)
    layout = Sampler(COUNTS, params).layout
    found = set()
    for lane in range(LANES):
        (batch,) = drawn(params, lane)
        uses = batch.rows[batch.place.long()]
        keys = uses[len(batch.case) :].view(-1, layout.keys) - len(COUNTS)
        positive = layout.positives[batch.case.long()]
        for centre, key in positive.nonzero().tolist():
            found.add((int(uses[centre]), int(keys[centre // layout.block, key])))
    expected = set()
    for start, end in zip(ROWS.offsets[:-1], ROWS.offsets[1:], strict=True):
        row = [word for word in ROWS.tokens[start:end].tolist() if word]
        expected |= {(a, b) for a in row for b in row if 0 < abs(a - b) <= 2}
    assert found == expected


def test_negatives_are_known_words_of_the_vocabulary() -> None:
    pools = pools_of(drawn(config(), 0)[0], config())
    assert pools.min() >= 1 and pools.max() <= TOKENS


def test_the_lanes_draw_different_negatives() -> None:
    # Rows of one length: lanes with the same generator would draw the same from it.
    rows = Texts.from_lists([list(range(i, i + 10)) for i in range(1, TOKENS, 10)])
    sampler = Sampler(COUNTS, config())
    first, second = (
        pools_of(next(batches(sampler, rows, lane)), config()) for lane in range(LANES)
    )
    assert first.shape == second.shape
    assert (first == second).mean() < 0.02


def test_the_same_seed_gives_the_same_batches_and_another_does_not() -> None:
    params = config(subsample=0.001, batch=100)
    first, again, other = (drawn(params, 1, seed) for seed in (0, 0, 1))
    for one, two in zip(first, again, strict=True):
        assert all(torch.equal(one.__dict__[name], two.__dict__[name]) for name in one.__dict__)
    assert not torch.equal(first[0].rows, other[0].rows)


def test_a_radius_beyond_the_longest_row_is_that_of_the_longest_row() -> None:
    short, long = Texts.from_lists([[1], [2, 3]]), Texts.from_lists([[], [1, 2, 3, 4]])
    assert farthest(short, long) == farthest(long) == 3
    assert farthest(Texts.from_lists([])) == farthest(Texts.from_lists([[1]])) == 1
    wide = Sampler(COUNTS, config(R=400, dynamic_radius=False), farthest(long))
    just = Sampler(COUNTS, config(R=3, dynamic_radius=False))
    assert wide.layout == just.layout
    for one, two in zip(batches(wide, long, 0), batches(just, long, 0), strict=True):
        assert torch.equal(one.case, two.case)
        assert torch.equal(one.rows, two.rows)


def test_subsampling_leaves_tokens_out_and_draws_anew_for_each_seed() -> None:
    rows = Texts.from_lists([[1, 2] * 5] * 2000)
    counts = np.array([0, 10_000, 10_000], np.int64)
    sampler = Sampler(counts, config(subsample=0.1))
    keep = np.sqrt(0.1 / 0.5) + 0.1 / 0.5
    sizes = [
        sum(len(centres_of(b)) for lane in range(LANES) for b in batches(sampler, rows, lane, s))
        for s in (5, 6)
    ]
    assert all(
        abs(size - 20_000 * keep) < 6 * np.sqrt(20_000 * keep * (1 - keep)) for size in sizes
    )
    assert sizes[0] != sizes[1]


def test_rounds_are_the_batches_that_the_longer_lane_is_expected_to_have() -> None:
    assert Sampler(COUNTS, config(batch=100)).rounds == 5
    assert Sampler(COUNTS, config(batch=99)).rounds == 6
    assert Sampler(np.array([9, 0]), config()).rounds == 1


@pytest.mark.parametrize("lists", [[], [[]], [[0, 0]], [[1]]])
def test_a_lane_may_have_nothing_to_do(lists: list[list[int]]) -> None:
    sampler = Sampler(np.array([2, 1]), config())
    found = [len(list(batches(sampler, Texts.from_lists(lists), i))) for i in range(LANES)]
    assert sorted(found) == [0, int(lists == [[1]])]


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_borders_cut_the_rows_into_parts_that_batches_use_alike(parts: int) -> None:
    borders = Sampler(COUNTS, config(batch=100)).borders(parts)
    assert borders == sorted(borders) and len(borders) == parts - 1
    used = [row for lane in range(LANES) for b in drawn(config(batch=100), lane) for row in b.rows]
    numbers = np.histogram(used, [0, *borders, 2 * len(COUNTS)])[0]
    assert numbers.max() < 1.2 * numbers.min()
