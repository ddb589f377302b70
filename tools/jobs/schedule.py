"""Handing out stages: each as soon as what it needs is there, a core and a job are free."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tools.jobs.cores import Cores, allowed_cores, limit_threads
from tools.jobs.errors import JobsError
from tools.jobs.pipeline import Pipeline
from tools.jobs.worktrees import Worktrees

_GRACE = 5.0  # seconds that a stage has to end by itself
_POLL = 0.05  # seconds
_SHOWN = 20  # last lines of what a failed stage printed
_CHILD = Path(__file__).resolve().with_name("child.py")


@dataclass(frozen=True)
class Job:
    """A stage that runs; ``worktree`` is None if it runs in the project's own folder."""

    name: str
    process: subprocess.Popen[bytes]
    cores: list[int]
    worktree: Path | None
    log: Path
    started: float


class Schedule:
    """One run of a pipeline with at most ``jobs`` stages at once.

    Stages that DVC keeps in its run cache run in worktrees. Others (an output that is not cached,
    say) run in the project's own folder, one at a time, since nowhere else would it count.

    Args:
        root: of the project.
        environment: of the stages.
    """

    def __init__(
        self,
        root: Path,
        pipeline: Pipeline,
        worktrees: Worktrees,
        jobs: int,
        environment: Mapping[str, str],
    ) -> None:
        """Plan the run."""
        self._root = root
        self._pipeline = pipeline
        self._worktrees = worktrees
        self._jobs = jobs
        self._environment = environment
        allowed = allowed_cores()
        self._cores = Cores(allowed)
        self._more_jobs_than_cores = jobs > len(allowed)
        self._done: set[str] = set()
        self._waiting = list(pipeline.plan)
        self._must_run: list[str] = []  # ready, and neither up to date nor in the run cache
        self._running: list[Job] = []
        self._failed: list[str] = []
        self._lifeline, self._held = os.pipe()  # closed by whatever ends this process

    def run(self) -> None:
        """Run until nothing is out of date. After a failure, what runs is let finish.

        Raises:
            JobsError: a stage failed.
        """
        try:
            while True:
                if not self._failed:
                    self._settle_ready()
                    self._start_some()
                if not self._running:
                    break
                self._wait_for_one()
        finally:
            for job in self._running:
                _signal(job, signal.SIGTERM)
            for job in self._running:
                _end(job)
                self._remove_worktree(job)
            os.close(self._held)
            os.close(self._lifeline)
            self._pipeline.order_locks()
        if self._failed:
            raise JobsError(
                f"failed: {', '.join(self._failed)}; what they printed is in "
                f"{self._worktrees.logs.relative_to(self._root)}. What others made is kept: mend "
                "that and run it again."
            )

    def _settle_ready(self) -> None:
        """Sort the stages whose needs are met into those that are done and those that must run."""
        settled = True
        while settled:  # one that is up to date may let others follow at once
            settled = False
            ready = [name for name in self._waiting if self._pipeline.needs[name] <= self._done]
            for name in ready:
                self._waiting.remove(name)
                if self._pipeline.settle(name):
                    self._done.add(name)
                    settled = True
                else:
                    self._must_run.append(name)

    def _start_some(self) -> None:
        here_is_free = all(job.worktree is not None for job in self._running)
        for name in list(self._must_run):
            here = name not in self._pipeline.elsewhere
            if here and not here_is_free:
                continue
            free = self._jobs - len(self._running)
            if free < 1:
                return
            cores = self._cores.take(min(free, len(self._must_run)), self._more_jobs_than_cores)
            if not cores:
                return
            self._must_run.remove(name)
            self._start(name, cores, here)
            here_is_free = here_is_free and not here

    def _start(self, name: str, cores: list[int], here: bool) -> None:
        worktree = None if here else self._prepare_worktree()
        # With -P, none of this package's modules can hide one that DVC or the stage imports.
        command = [sys.executable, "-P", str(_CHILD), name]
        command += ["--lifeline", str(self._lifeline), "--cores", *map(str, cores)]
        if worktree is not None:
            command += ["--inputs-from", str(self._root)]
        log = self._worktrees.logs / f"{name.replace(os.sep, '_')}.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=worktree or self._root,
                env=limit_threads(self._environment, len(cores)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[self._lifeline],
                start_new_session=True,  # a group to end as one, and Ctrl-C is for this process
            )
        self._running.append(Job(name, process, cores, worktree, log, time.monotonic()))
        _say(f"{name}: runs on {len(cores)} core{'s' * (len(cores) > 1)}")

    def _prepare_worktree(self) -> Path:
        worktree = self._worktrees.add()
        self._pipeline.share_cache(worktree)
        for path in self._pipeline.written_by_dvc:
            copy = worktree / path.relative_to(self._root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        return worktree

    def _wait_for_one(self) -> None:
        ended: list[Job] = []
        while not ended:
            ended = [job for job in self._running if job.process.poll() is not None]
            time.sleep(0 if ended else _POLL)
        for job in ended:
            _end(job)  # what it left in the background
            self._running.remove(job)
            self._remove_worktree(job)
            self._cores.give_back(job.cores)
            self._judge(job)

    def _judge(self, job: Job) -> None:
        seconds = time.monotonic() - job.started
        if job.process.returncode != 0:
            self._failed.append(job.name)
            lines = job.log.read_text("utf-8", "replace").replace("\r", "\n").splitlines()
            shown = "\n".join(f"  {line}" for line in lines[-_SHOWN:] if line.strip())
            _say(f"{job.name}: failed after {seconds:.0f} s\n{shown}", sys.stderr)
        elif not self._pipeline.settle(job.name):
            self._failed.append(job.name)
            _say(
                f"{job.name}: ended well, but DVC does not find its run for what is in this folder "
                "now: did a file that it reads change meanwhile?",
                sys.stderr,
            )
        else:
            self._done.add(job.name)
            total = len(self._pipeline.plan)
            _say(f"{job.name}: done in {seconds:.0f} s ({len(self._done)} of {total})")

    def _remove_worktree(self, job: Job) -> None:
        if job.worktree is not None:
            self._worktrees.remove(job.worktree)


def _say(text: str, stream: TextIO | None = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)


def _signal(job: Job, number: signal.Signals) -> bool:
    """Send a signal to all processes of a job; return whether there were any."""
    try:
        os.killpg(job.process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of dead ones
        return False
    return True


def _end(job: Job) -> None:
    """Wait until no process of a job that was told to end is left; kill those that stay."""
    limit = time.monotonic() + (_GRACE if job.process.poll() is None else 0)
    while time.monotonic() < limit and job.process.poll() is None:
        time.sleep(_POLL)
    _signal(job, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        job.process.wait(_GRACE)
