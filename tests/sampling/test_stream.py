import math
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.core.arrays import LongArray
from stages.sampling import stream as sampling_stream
from stages.sampling.stream import Stream, draw_reach, keep_probability, pieces, streams, subsample
from stages.sgns.batches import cut

# The machine may be busy: how long an example takes shows nothing.
unhurried = settings(deadline=None)
lengths_of_rows = st.lists(st.integers(0, 12), max_size=8)


def offsets_of(lengths: list[int]) -> LongArray:
    return np.cumsum([0, *lengths]).astype(np.int64)


def numbered_stream(lengths: list[int], rate: float = 1, seed: int = 0) -> Stream:
    """Rows of these lengths in which the token at position i is i + 1, kept at this rate."""
    offsets = offsets_of(lengths)
    tokens = np.arange(1, offsets[-1] + 1, dtype=np.int32)
    keep = np.full(len(tokens) + 1, rate, np.float32)
    return subsample(tokens, offsets[:-1], offsets[1:], keep, np.random.default_rng(seed))


def rows_of(lengths: list[int]) -> list[int]:
    """Return the row of every position."""
    return [row for row, length in enumerate(lengths) for _ in range(length)]


# --- rows and pieces ----------------------------------------------------------------------


@unhurried
@given(lengths=lengths_of_rows, longest=st.integers(1, 5))
def test_pieces_cut_each_row_every_so_many_tokens(lengths: list[int], longest: int) -> None:
    starts, ends = pieces(offsets_of(lengths), longest)
    expected, start = [], 0
    for length in lengths:
        for within in range(0, length, longest):
            expected.append((start + within, start + min(within + longest, length)))
        start += length
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == expected


# --- subsampling --------------------------------------------------------------------------


def test_keep_probability_is_that_of_word2vec_c() -> None:
    keep = keep_probability(np.array([500, 900, 99, 1]), 0.001)
    for share, found in zip((0.9, 0.099), keep[1:3].tolist(), strict=True):
        expected = (math.sqrt(share / 0.001) + 1) * 0.001 / share
        assert math.isclose(found, expected, rel_tol=1e-6)
    assert keep[0] == 0 and keep[3] == 1


def test_threshold_zero_keeps_all_but_unknown() -> None:
    assert keep_probability(np.array([500, 900, 0, 1]), 0.0).tolist() == [0, 1, 1, 1]


def test_subsampling_keeps_each_word_at_its_rate() -> None:
    keep = np.array([0, 0.25, 1, 0.9], np.float32)
    tokens = np.tile(np.arange(4, dtype=np.int32), 20_000)
    kept = subsample(
        tokens, np.array([0]), np.array([len(tokens)]), keep, np.random.default_rng(0)
    ).tokens
    counts = np.bincount(kept, minlength=4)
    assert counts[0] == 0 and counts[2] == 20_000
    for word in (1, 3):
        # Six standard deviations of a binomial.
        spread = 6 * math.sqrt(20_000 * keep[word] * (1 - keep[word]))
        assert abs(counts[word] - 20_000 * keep[word]) < spread


@unhurried
@given(lengths=lengths_of_rows, rate=st.sampled_from([0.0, 0.3, 0.7, 1.0]), seed=st.integers(0, 99))
def test_left_and_right_count_what_remains_of_the_row(
    lengths: list[int], rate: float, seed: int
) -> None:
    stream = numbered_stream(lengths, rate, seed)
    row_of = rows_of(lengths)
    kept = [(row_of[token - 1], token) for token in stream.tokens.tolist()]
    assert kept == sorted(kept)
    for place, (row, token) in enumerate(kept):
        mates = [other for mate, other in kept if mate == row]
        assert stream.left[place] == sum(other < token for other in mates)
        assert stream.right[place] == sum(other > token for other in mates)


# --- the stream, chunks and batches -------------------------------------------------------


@unhurried
@given(lengths=lengths_of_rows, chunk=st.integers(1, 30), seed=st.integers(0, 99))
def test_streams_visit_each_token_once_in_the_order_given(
    lengths: list[int], chunk: int, seed: int
) -> None:
    tokens = np.arange(1, sum(lengths) + 1, dtype=np.int32)
    keep = np.ones(len(tokens) + 1, np.float32)
    longest, random = 5, np.random.default_rng(seed)
    starts, ends = pieces(offsets_of(lengths), longest)
    order = random.permutation(len(starts))
    with mock.patch.object(sampling_stream, "CHUNK", chunk):
        chunks = list(streams(tokens, starts[order], ends[order], keep, random))
    assert all(len(part) <= chunk + longest for part in chunks)
    stream = Stream.join(chunks)
    visited = [list(range(starts[i], ends[i])) for i in order]
    assert (stream.tokens - 1).tolist() == [place for piece in visited for place in piece]
    assert stream.left.tolist() == [i for piece in visited for i in range(len(piece))]
    assert stream.right.tolist() == [i for piece in visited for i in reversed(range(len(piece)))]


@unhurried
@given(cuts=st.lists(st.integers(0, 9), min_size=1, max_size=8), size=st.integers(1, 10))
def test_batches_cut_the_stream_exactly(cuts: list[int], size: int) -> None:
    chunks = [numbered_stream([length]) for length in cuts]
    whole = Stream.join(chunks)
    found = list(cut(chunks, size))
    full, rest = divmod(len(whole), size)
    assert [len(batch) for batch in found] == [size] * full + [rest] * (rest > 0)
    if found:
        again = Stream.join(found)
        assert again.tokens.tolist() == whole.tokens.tolist()
        assert again.left.tolist() == whole.left.tolist()
        assert again.right.tolist() == whole.right.tolist()


# --- radii --------------------------------------------------------------------------------


def test_radii_are_uniform_to_both_sides_alike() -> None:
    stream = numbered_stream([40_008])
    left, right = draw_reach(stream, 4, True, np.random.default_rng(0))
    assert np.array_equal(left[4:-4], right[4:-4])
    counts = np.bincount(left[4:-4], minlength=5)
    assert len(counts) == 5 and counts[0] == 0
    assert (abs(counts[1:] - 10_000) < 6 * math.sqrt(7500)).all()


@unhurried
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    radius=st.integers(1, 6),
    seed=st.integers(0, 999),
    data=st.data(),
)
def test_no_reach_goes_beyond_its_radius_its_row_or_the_batch(
    lengths: list[int], radius: int, seed: int, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, sum(lengths) - 1), "start")
    stop = data.draw(st.integers(start + 1, sum(lengths)), "stop")
    row_of = rows_of(lengths)[start:stop]
    stream = numbered_stream(lengths)[start:stop]
    left, right = draw_reach(stream, radius, True, np.random.default_rng(seed))
    for place, row in enumerate(row_of):
        before, after = row_of[:place].count(row), row_of[place + 1 :].count(row)
        reaches = {(min(r, before), min(r, after)) for r in range(1, radius + 1)}
        assert (left[place], right[place]) in reaches
