"""Processes that share a stage's work: how many, and that none outlives the stage."""

import ctypes
import math
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, TypeVar

from stages.console import StageError

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


Send = Callable[[Any], None]  # of a task: hands something picklable to the process that forked it


def side_by_side(tasks: Sequence[Callable[[Send], None]]) -> Iterator[Any]:
    """Fork a process for each task; yield what they send, as it comes, until all have ended.

    When one fails, or the caller stops early, all others are ended with it.

    Raises:
        StageError: a process was killed; errors of tasks are raised as they are.
    """
    running: dict[Connection, ForkProcess] = {}
    try:
        for task in tasks:
            receiver, process = _fork(task)
            running[receiver] = process
        while running:
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                try:
                    message = ready.recv()
                except (EOFError, OSError):  # it has ended, perhaps amid a message
                    _require_success(running[ready])
                    del running[ready]
                    continue
                if isinstance(message, BaseException):
                    raise message
                yield message
    finally:
        for process in running.values():
            process.kill()
        for process in running.values():
            process.join()


def _fork(task: Callable[[Send], None]) -> tuple[Connection, ForkProcess]:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_perform, args=(os.getpid(), task, sender), daemon=True)
    process.start()
    sender.close()  # the process has its own: when that is closed, it has ended
    return receiver, process


def _perform(parent: int, task: Callable[[Send], None], sender: Connection) -> None:
    end_with_parent(parent)
    try:
        task(sender.send)
    except Exception as error:
        error.add_note(traceback.format_exc())  # a traceback itself cannot be sent
        sender.send(error)


def _require_success(process: ForkProcess) -> None:
    process.join()
    if process.exitcode == -signal.SIGINT:  # Ctrl-C at a terminal is for all its processes
        raise KeyboardInterrupt
    if process.exitcode != 0:
        raise _killed()


def _killed() -> StageError:
    return StageError(
        "one of its processes was killed (out of memory?); free some and run it again."
    )
