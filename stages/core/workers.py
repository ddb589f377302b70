"""Processes that share a stage's work: how many, and that none outlives the stage."""

import ctypes
import math
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from stages.core.console import StageError

Job = TypeVar("Job")
Result = TypeVar("Result")

CAN_FORK = sys.platform == "linux"  # elsewhere forking a process that uses system libraries fails
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl.h
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


def end_with_parent(parent: int) -> None:
    """Have this process killed when the one that forked it ends, however that ends.

    Args:
        parent: that process's id, taken before the fork.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of each at Ctrl-C
    if not CAN_FORK:
        return
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)


def in_processes(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int,
    prepare: Callable[[], None],
) -> Iterator[Result]:
    """Yield the result of each job as it comes, from processes that run ``prepare`` first.

    They are forked where that is safe, so that they need not import anything again.

    Raises:
        StageError: a process was killed; errors of ``work`` are raised as they are.
    """
    context = multiprocessing.get_context("fork" if CAN_FORK else "spawn")
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, _begin, (os.getpid(), prepare))
    try:
        futures = [pool.submit(work, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise _killed() from None
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(parent: int, prepare: Callable[[], None]) -> None:
    end_with_parent(parent)
    prepare()


def _killed() -> StageError:
    return StageError(
        "one of its processes was killed (out of memory?); free some and run it again."
    )
