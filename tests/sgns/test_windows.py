import math
from collections import Counter

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from stages.artifacts import TokenRows
from stages.sgns.windows import (
    Blocks,
    Stream,
    draw_radius,
    keep_probability,
    make_blocks,
    shuffled_batches,
    subsample,
)
from tests.sgns.reference import positive_pairs


def stream(tokens: list[int], rows: list[int]) -> Stream:
    return Stream(torch.tensor(tokens, dtype=torch.long), torch.tensor(rows, dtype=torch.long))


def pairs_of(blocks: Blocks, radius: int, size: int) -> Counter[tuple[int, int]]:
    """The positives as positions in the stream, read off the blocks."""
    found = Counter[tuple[int, int]]()
    for n, i, j in blocks.positive.nonzero().tolist():
        found[n * size + i, n * size + j - radius] += 1
    return found


def test_six_words_by_hand() -> None:
    blocks = make_blocks(stream([1, 2, 3, 4, 5, 6], [0] * 6), torch.full((6,), 2), 2, 3, 1)
    assert blocks.centres.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert blocks.contexts.tolist() == [[0, 0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 6, 0, 0]]
    assert blocks.positive.int().tolist() == [
        [[0, 0, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 1, 0], [0, 0, 1, 1, 0, 1, 1]],
        [[1, 1, 0, 1, 1, 0, 0], [0, 1, 1, 0, 1, 0, 0], [0, 0, 1, 1, 0, 0, 0]],
    ]


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    radius=st.integers(1, 6),
    size=st.integers(1, 5),
    multiple=st.integers(1, 3),
    data=st.data(),
)
def test_blocks_hold_exactly_the_pairs_of_a_double_loop(
    lengths: list[int], radius: int, size: int, multiple: int, data: st.DataObject
) -> None:
    rows = [row for row, length in enumerate(lengths) for _ in range(length)]
    tokens = list(range(1, len(rows) + 1))
    radii = data.draw(
        st.lists(st.integers(1, radius), min_size=len(rows), max_size=len(rows)), "radii"
    )
    blocks = make_blocks(stream(tokens, rows), torch.tensor(radii), radius, size, multiple)
    assert len(blocks.centres) % multiple == 0
    assert blocks.centres.reshape(-1)[: len(tokens)].tolist() == tokens
    assert pairs_of(blocks, radius, size) == Counter(positive_pairs(tokens, rows, radii))
    n, i, j = blocks.positive.nonzero().T
    assert (blocks.centres[n, i] > 0).all() and (blocks.contexts[n, j] > 0).all()


def test_an_epoch_visits_every_token_once_row_by_row() -> None:
    rows = TokenRows.from_lists([[1, 2, 3], [], [4], [5, 6, 7, 8], [9, 10]])
    seen: dict[int, list[int]] = {}
    sizes = []
    for batch in shuffled_batches(rows, 4, torch.Generator().manual_seed(3)):
        sizes.append(len(batch.tokens))
        for token, row in zip(batch.tokens.tolist(), batch.rows.tolist(), strict=True):
            seen.setdefault(row, []).append(token)
    assert sizes == [4, 4, 2]
    assert sorted(seen.values()) == [[1, 2, 3], [4], [5, 6, 7, 8], [9, 10]]


def test_epochs_differ_in_order_and_a_seed_repeats() -> None:
    rows = TokenRows.from_lists([[i] for i in range(1, 50)])

    def order(seed: int) -> list[int]:
        (batch,) = shuffled_batches(rows, 100, torch.Generator().manual_seed(seed))
        return batch.tokens.tolist()

    assert order(1) == order(1) != order(2)


def test_keep_probability_is_that_of_word2vec_c() -> None:
    keep = keep_probability(torch.tensor([500, 900, 99, 1]), 0.001)
    for share, found in zip((0.9, 0.099), keep[1:3].tolist(), strict=True):
        assert math.isclose(found, (math.sqrt(share / 0.001) + 1) * 0.001 / share)
    assert keep[0] == 0 and keep[3] == 1


def test_threshold_zero_keeps_all_but_unknown() -> None:
    assert keep_probability(torch.tensor([500, 900, 1]), 0.0).tolist() == [0, 1, 1]


def test_subsampling_keeps_each_word_at_its_rate() -> None:
    keep = torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)
    tokens = torch.arange(3).repeat(20_000)
    kept = subsample(Stream(tokens, tokens), keep, torch.Generator().manual_seed(0)).tokens
    counts = np.bincount(kept.numpy(), minlength=3)
    assert counts[0] == 0 and counts[2] == 20_000
    # Six standard deviations of a binomial.
    assert abs(counts[1] - 5000) < 6 * math.sqrt(20_000 * 0.25 * 0.75)


def test_radii_are_uniform_or_fixed() -> None:
    generator = torch.Generator().manual_seed(0)
    counts = np.bincount(draw_radius(40_000, 4, True, generator).numpy(), minlength=5)
    assert counts[0] == 0 and (abs(counts[1:] - 10_000) < 6 * math.sqrt(7500)).all()
    assert draw_radius(3, 4, False, generator).tolist() == [4, 4, 4]
