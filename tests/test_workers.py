import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from stages import workers
from stages.console import StageError
from stages.workers import Send, in_processes, side_by_side, usable_cores
from tests.support import child_environment

pytestmark = pytest.mark.skipif(not workers.CAN_FORK, reason="affinity and forks are of Linux")

SLEEPERS = """
import time
from stages.workers import in_processes, side_by_side
print("ready", flush=True)
list({call})
"""
CALLS = (
    "in_processes(time.sleep, [60, 60], 2, list)",
    "side_by_side([lambda send: time.sleep(60)] * 2)",
)


def nothing() -> None:
    """Prepare nothing."""


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_no_more_cores_than_this_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert 1 <= usable_cores() <= len(allowed)


@pytest.mark.parametrize(
    ("limit", "cores"), [("max 100000", 64), ("150000 100000", 2), ("50000 100000", 1), ("?", 64)]
)
def test_no_more_cores_than_the_container_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, cores: int
) -> None:
    (tmp_path / "cpu.max").write_text(limit)
    monkeypatch.setattr(workers, "_GROUP", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(64))
    assert usable_cores() == cores


def test_results_come_from_other_processes() -> None:
    found = list(in_processes(abs, [-3, 2, -1], 2, nothing))
    assert sorted(found) == [1, 2, 3]


def test_an_error_of_the_work_is_raised_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_processes((1).__truediv__, [0], 1, nothing))


def test_a_killed_worker_is_one_sentence() -> None:
    with pytest.raises(StageError, match="one of its processes was killed"):
        list(in_processes(die, [1, 2, 3], 2, nothing))


def count_to(number: int) -> Callable[[Send], None]:
    def task(send: Send) -> None:
        for i in range(number):
            send((number, i))

    return task


def test_what_tasks_send_comes_as_it_was_sent() -> None:
    found = list(side_by_side([count_to(3), count_to(0), count_to(1000)]))
    for number in (3, 1000):
        assert [i for task, i in found if task == number] == list(range(number))
    assert len(found) == 1003 and not multiprocessing.active_children()


def test_an_error_of_a_task_is_raised_and_ends_the_others() -> None:
    def fail(send: Send) -> None:
        raise ZeroDivisionError("by nought")

    with pytest.raises(ZeroDivisionError, match="by nought") as caught:
        list(side_by_side([lambda send: time.sleep(60), fail]))
    assert "in fail" in caught.value.__notes__[0]  # where it came from is not lost
    assert not multiprocessing.active_children()


def test_a_killed_task_is_one_sentence_and_ends_the_others() -> None:
    start = time.monotonic()
    with pytest.raises(StageError, match="one of its processes was killed"):
        list(side_by_side([lambda send: time.sleep(60), lambda send: die(0)]))
    assert time.monotonic() - start < 2 and not multiprocessing.active_children()


def test_ctrl_c_of_a_task_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        list(side_by_side([lambda send: os.kill(os.getpid(), signal.SIGINT)]))


def test_a_caller_that_stops_early_ends_all_tasks() -> None:
    def talk(send: Send) -> None:
        send("hello")
        time.sleep(60)

    messages = side_by_side([talk, talk])
    assert next(messages) == "hello"
    assert len(multiprocessing.active_children()) == 2
    messages.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path: Path, how: signal.Signals, call: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPERS.format(call=call)],
        env=child_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"ready\n"
        process = psutil.Process(parent.pid)
        children: list[psutil.Process] = []

        def started() -> bool:
            children[:] = process.children()
            return len(children) == 2

        assert soon(started)
        time.sleep(0.2)  # until both have asked to end with their parent
        for child in children if how == signal.SIGINT else ():
            with suppress(psutil.NoSuchProcess):  # one that saw the other end
                child.send_signal(how)  # as a terminal does: it signals the whole group
        parent.send_signal(how)
        parent.wait(20)
        assert soon(lambda: not any(child.is_running() for child in children))


def soon(true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
