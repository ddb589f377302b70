"""One stage of a DVC pipeline in a folder of its own: what a worker of Dask does.

Workers need DVC and what the stages need, but not this package: the client sends it to them.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from distributed import get_worker

_SHOWN = 20  # last lines of what a failed stage printed

# Runs a command on some cores, and ends it with all its processes when the worker that holds its
# standard input is gone, however that ended.
_GUARD = """
import os, signal, subprocess, sys, threading
def watch():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)
cores, *command = sys.argv[1:]
if cores:
    os.sched_setaffinity(0, map(int, cores.split(",")))
threading.Thread(target=watch, daemon=True).start()
sys.exit(subprocess.run(command, stdin=subprocess.DEVNULL).returncode)
"""


class StageFailedError(Exception):
    """A stage ended badly; the message is its name and the last lines that it printed."""


@dataclass(frozen=True)
class Surroundings:
    """What stages share.

    Attributes:
        links: folders of the project that outlive a stage: checkpoints, say.
        remote: the DVC remote that runs are fetched from and pushed to, for workers elsewhere.
        root: the project, for workers of this machine; elsewhere a cache and folders to link
            to are in Dask's local directory.
        cache: that of the project.
        jobs: how many workers share the cores of this machine.
    """

    links: tuple[str, ...]
    remote: str = ""
    root: Path | None = None
    cache: Path | None = None
    jobs: int = 1


def run_stage(name: str, project: bytes, around: Surroundings, *needed: float) -> float:
    """Run a stage whose needs have run; return how long it took, in seconds.

    Raises:
        StageFailedError: it, or DVC, failed.
    """
    del needed  # Dask waits for them
    start, worker = time.monotonic(), get_worker()
    own = Path(worker.local_directory).absolute()
    kept = own.parent  # stays when the worker is lost; the next one there goes on with it
    folder = Path(tempfile.mkdtemp(prefix="stage-", dir=own))
    cores = _cores(worker.name, around.jobs)
    try:
        with tarfile.open(fileobj=io.BytesIO(project)) as tar:
            # Python has had filters since 3.11.4, and before asked for none.
            tar.extraction_filter = getattr(tarfile, "tar_filter", None)
            tar.extractall(folder)
        (folder / ".dvc/config.local").write_text(
            f"[core]\nsite_cache_dir = {folder}/.dvc/tmp/site\nremote = {around.remote}\n"
            f"[cache]\ndir = {around.cache or kept / 'cache'}\n",
            encoding="utf-8",
        )
        for link in around.links:
            shared = (around.root or kept) / link
            shared.mkdir(parents=True, exist_ok=True)
            (folder / link).parent.mkdir(parents=True, exist_ok=True)
            (folder / link).symlink_to(shared)
        # A repository of its own, so that DVC writes the same .gitignore as in the project.
        _run(folder, cores, "git", "init", "--quiet")
        dvc = (sys.executable, "-P", "-m", "dvc")
        get = "pull" if around.remote else "checkout"
        _run(folder, cores, *dvc, get, "--with-deps", "--allow-missing", name)
        said = _run(folder, cores, *dvc, "repro", *(("--pull",) if around.remote else ()), name)
        if not said and around.remote:
            said = _run(folder, cores, *dvc, "push", "--run-cache", name)
        if said:
            raise StageFailedError(f"{name} failed:\n{said}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return time.monotonic() - start


def _cores(worker: object, jobs: int) -> str:
    """Return the cores of one of the workers of this machine, which Dask numbers; "" is all."""
    if jobs == 1 or not hasattr(os, "sched_getaffinity"):
        return ""
    return ",".join(map(str, sorted(os.sched_getaffinity(0))[int(str(worker)) :: jobs]))


def _run(folder: Path, cores: str, *command: str) -> str:
    """Run a command in a folder; return the last lines that it printed if it failed, else ""."""
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    guarded = subprocess.Popen(
        [sys.executable, "-c", _GUARD, cores, *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a group to end as one
    )
    assert guarded.stdout is not None
    said = guarded.stdout.read().decode("utf-8", "replace").replace("\r", "\n")
    lines = [f"  {line}" for line in said.splitlines() if line.strip()]
    return "\n".join(lines[-_SHOWN:]) if guarded.wait() else ""
