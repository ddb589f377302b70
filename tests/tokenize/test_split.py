"""Validation rows: an exact number, at most half, whole groups, the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.core.console import StageError
from stages.tokenize.split import hold_out

GROUPS = st.lists(st.integers(0, 6), min_size=2, max_size=40)
SEED = st.integers(0, 2**31 - 1)


def split(groups: list[int], validation: int, seed: int = 0) -> tuple[list[int], list[int]]:
    pool, held_out = hold_out(np.array(groups, np.int64), validation, seed)
    return pool.tolist(), held_out.tolist()


@given(st.data(), GROUPS.filter(lambda groups: len(set(groups)) > 1), SEED)
def test_so_many_rows_are_held_out_and_the_rest_of_a_group_of_theirs_is_dropped(
    data: st.DataObject, groups: list[int], seed: int
) -> None:
    most = min(len(groups) // 2, len(groups) - max(map(groups.count, groups)))
    validation = data.draw(st.integers(1, most))  # which leaves a group to train on
    pool, held_out = split(groups, validation, seed)
    assert (pool, held_out) == split(groups, validation, seed)
    assert len(held_out) == validation
    assert pool == sorted(pool) and held_out == sorted(held_out)
    assert not {groups[i] for i in pool} & {groups[i] for i in held_out}
    dropped = {groups[i] for i in set(range(len(groups))) - set(pool) - set(held_out)}
    assert len(dropped) <= 1 and dropped <= {groups[i] for i in held_out}


def test_rows_are_held_out_evenly() -> None:
    # Each of 50 rows is held out in half of 400 draws; five standard deviations are 50.
    times = np.zeros(50)
    for seed in range(400):
        times[split(list(range(50)), 25, seed)[1]] += 1
    assert np.all(np.abs(times - 200) < 50)


def test_one_group_of_all_rows_is_refused() -> None:
    with pytest.raises(StageError, match="are of one group, so none can be held out"):
        split([7, 7, 7, 7], 2)
