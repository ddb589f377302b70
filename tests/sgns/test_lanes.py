import multiprocessing
import os
import time
from functools import partial

import numpy as np
import pytest
import torch

from stages.sgns.lanes import LANES, Board, Found, Share, shared_zeros
from stages.workers import CAN_FORK, Send, side_by_side

forks = pytest.mark.skipif(not CAN_FORK, reason="forks are of Linux")
ROUNDS = 200
DIM = 3


def found_by(lane: int, round_: int) -> Found:
    rows = torch.arange(1 + round_ % 4) * 2 + lane
    return rows, torch.full((len(rows), DIM), float(10 * round_ + lane))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_shared_zeros_are_zeros_of_their_shape(dtype: torch.dtype) -> None:
    zeros = shared_zeros(3, 5, dtype=dtype)
    assert zeros.shape == (3, 5) and zeros.dtype == dtype and not zeros.any()
    zeros[1] = 4
    assert zeros.sum() == 20


def exchange(share: Share, send: Send) -> None:
    """Exchange what all lanes find, round after round; one side may be late."""
    wrong = 0
    for number in range(ROUNDS):
        if number % 50 == 10 * share.number:
            time.sleep(0.01)
        mine = {lane: found_by(lane, number) for lane in share.lanes if number % 3 or lane}
        every = share.exchange(mine)
        wanted = [found_by(lane, number) for lane in range(LANES) if number % 3 or lane]
        wrong += len(every) != len(wanted) or not all(
            torch.equal(a, b)
            for one, two in zip(every, wanted, strict=True)
            for a, b in zip(one, two, strict=True)
        )
        share.meet()
    total = share.total({lane: np.array([1.0, lane, 10 * lane]) for lane in share.lanes})
    send((os.getpid(), wrong, total.tolist()))


@forks
def test_all_lanes_hear_what_all_found_in_their_order() -> None:
    board = Board(LANES, 4, DIM, torch.float32)
    shares = [Share(number, [5], board) for number in range(LANES)]
    heard = list(side_by_side([partial(exchange, share) for share in shares]))
    assert len({pid for pid, _, _ in heard} | {os.getpid()}) == 1 + LANES
    assert all(report[1:] == (0, [2.0, 1.0, 10.0]) for report in heard)
    assert not multiprocessing.active_children()


def test_alone_a_process_has_all_lanes_and_rows_and_waits_for_nobody() -> None:
    share = Share()
    heard: list[object] = []
    assert list(share.lanes) == list(range(LANES))
    assert share.owned(torch.tensor([3, 4])) == slice(None)
    exchange(share, heard.append)
    assert heard == [(os.getpid(), 0, [2.0, 1.0, 10.0])]


@pytest.mark.parametrize("borders", [[5], [0], [5, 5, 9], [1, 2, 3, 4]])
def test_each_lane_and_each_row_has_one_owner(borders: list[int]) -> None:
    rows = torch.tensor([0, 1, 4, 5, 6, 20])
    board = Board(1, 1, DIM, torch.float32)
    shares = [Share(number, borders, board) for number in range(len(borders) + 1)]
    owned = [row for share in shares for row in rows[share.owned(rows)].tolist()]
    assert owned == rows.tolist()
    assert sorted(lane for share in shares for lane in share.lanes) == list(range(LANES))
    assert all(row < borders[0] for row in rows[shares[0].owned(rows)].tolist())
