"""Processes that share a stage's work: how many, and that none outlives the stage."""

import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stages.core.console import StageError

SECONDS_BETWEEN_LOOKS = 0.1
_GROUP = Path("/sys/fs/cgroup/cpu.max")


def usable_cores() -> int:
    """Return how many processors this process may use, at least 1.

    Those it is bound to, and no more than its container's limit, not those of the machine.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    with suppress(OSError, ValueError):  # no such control group, or "max": no limit
        quota, period = _GROUP.read_text().split()
        cores = min(cores, math.ceil(int(quota) / int(period)))
    return max(cores, 1)


def require_shared_memory() -> None:
    """Raise StageError where processes could not wait for each other, as libraries have them do."""
    try:
        _ = [multiprocessing.Lock() for _ in range(64)]  # all at once: a page each
    except OSError as error:
        raise StageError(
            "processes need shared memory, and there is none to be had in /dev/shm "
            f"({error.strerror}): have it mounted so that you may write there, with 16 MB or more "
            "(docker run --shm-size=64m)."
        ) from None


@contextmanager
def nothing_outlives_this() -> Iterator[None]:
    """Have processes that are forked within killed when this one ends, however that ends.

    Those of libraries too, whose ways to fork have no place for it.
    """
    if not _tied:
        os.register_at_fork(after_in_child=_end_with_parent)
    _tied[:] = [os.getpid()]
    try:
        yield
    finally:
        _tied[:] = [0]


_tied: list[int] = []  # the process whose children are to end with it, or 0


def _end_with_parent() -> None:
    """Called in a process that was forked a moment ago."""
    if _tied[0]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent has it too, and ends them
        threading.Thread(target=_watch, args=(_tied[0],), daemon=True).start()


def _watch(parent: int) -> None:
    # Not by prctl: that goes by the thread that forked, and pools fork from threads that end.
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)
