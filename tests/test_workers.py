import errno
import multiprocessing.synchronize
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from stages.core import workers
from stages.core.console import StageError
from stages.core.workers import require_shared_memory, usable_cores
from tests.support import child_environment, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="affinity and forks are of Linux")

SLEEPERS = """
import time
from datasets import Dataset
from stages.core.workers import nothing_outlives_this
print("ready", flush=True)
with nothing_outlives_this():
    Dataset.from_dict({"row": [1, 2]}).map(lambda row: time.sleep(60), num_proc=2)
"""


def test_no_more_cores_than_this_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


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


def test_without_shared_memory_its_place_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    require_shared_memory()
    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", full)
    with pytest.raises(StageError, match=r"/dev/shm \(No space left on device\): have it mounted"):
        require_shared_memory()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPERS],
        env=child_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"ready\n"
        process = psutil.Process(parent.pid)

        def forked() -> list[psutil.Process]:  # not what Python 3.14 has watch over semaphores
            return [c for c in process.children() if "resource_tracker" not in str(c.cmdline())]

        until(lambda: len(forked()) == 3)  # two, and one by which they speak
        children = process.children()
        time.sleep(0.2)  # until both have asked to end with their parent
        for child in children if how == signal.SIGINT else ():
            with suppress(psutil.NoSuchProcess):  # one that saw the other end
                child.send_signal(how)  # as a terminal does: it signals the whole group
        parent.send_signal(how)
        parent.wait(20)
        until(lambda: not any(child.is_running() for child in children))
