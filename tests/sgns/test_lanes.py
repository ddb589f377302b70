import multiprocessing
import os
import time

import pytest
import torch

from stages.console import StageError
from stages.sgns.lanes import LANES, Lanes, shared_zeros, split_lanes

ROUNDS = 200


def forked_lanes() -> int:
    return len(multiprocessing.active_children())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_shared_zeros_are_zeros_of_their_shape(dtype: torch.dtype) -> None:
    zeros = shared_zeros(3, 5, dtype=dtype)
    assert zeros.shape == (3, 5) and zeros.dtype == dtype and not zeros.any()
    zeros[1] = 4
    assert zeros.sum() == 20


def test_each_side_sees_what_the_other_wrote_before_they_met() -> None:
    numbers = shared_zeros(LANES, dtype=torch.int64)

    def other(lanes: Lanes) -> None:
        for number in range(ROUNDS):
            numbers[1] = number
            lanes.meet()
            # Shown by the value it leaves; an assertion here would only end this process.
            numbers[1] += 1000 * int(numbers[0] == number)
            lanes.meet()
            lanes.meet()  # the first side has looked

    with split_lanes(other, in_two=True) as lanes:
        for number in range(ROUNDS):
            if number % 50 == 0:
                time.sleep(0.01)  # one side may be late
            numbers[0] = number
            lanes.meet()
            lanes.meet()
            assert numbers.tolist() == [number, number + 1000]
            lanes.meet()
    assert not forked_lanes()


def test_in_two_each_side_has_a_lane_of_its_own() -> None:
    seen = shared_zeros(LANES, dtype=torch.int64)

    def other(lanes: Lanes) -> None:
        for lane in lanes.mine:
            seen[lane] = os.getpid()
        lanes.meet()

    with split_lanes(other, in_two=True) as lanes:
        for lane in lanes.mine:
            seen[lane] = os.getpid()
        lanes.meet()
    assert seen[0] == os.getpid() != seen[1] != 0


def test_alone_one_side_has_all_lanes_and_waits_for_nobody() -> None:
    def other(lanes: Lanes) -> None:
        raise AssertionError("never called")

    with split_lanes(other, in_two=False) as lanes:
        assert list(lanes.mine) == list(range(LANES))
        lanes.meet()
        assert not forked_lanes()


@pytest.mark.parametrize("meetings", [0, 3])
def test_the_end_of_the_other_side_is_an_error(meetings: int) -> None:
    def other(lanes: Lanes) -> None:
        for _ in range(meetings):
            lanes.meet()
        os._exit(1)

    met = 0
    with (
        pytest.raises(StageError, match="second process ended"),
        split_lanes(other, in_two=True) as lanes,
    ):
        while met <= meetings:
            lanes.meet()
            met += 1
    assert met == meetings
    assert not forked_lanes()


def test_an_error_of_the_other_side_is_an_error_of_this_one(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def other(lanes: Lanes) -> None:
        raise MemoryError("no more")

    with (
        pytest.raises(StageError, match="second process ended"),
        split_lanes(other, in_two=True) as lanes,
    ):
        lanes.meet()
    assert "MemoryError: no more" in capfd.readouterr().err  # what happened stays to be read
    assert not forked_lanes()


def endless(lanes: Lanes) -> None:
    while True:
        lanes.meet()


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt, GeneratorExit])
def test_leaving_early_ends_the_other_side(error: type[BaseException] | None) -> None:
    def leave_early() -> None:
        with split_lanes(endless, in_two=True) as lanes:
            lanes.meet()
            assert forked_lanes() == 1
            if error is not None:
                raise error

    if error is None:
        leave_early()
    else:
        with pytest.raises(error):
            leave_early()
    assert not forked_lanes()
