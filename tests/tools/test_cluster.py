"""``python -m tools.cluster`` on a toy: as ``dvc repro``, whoever is killed; it leaves nothing."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.pipeline.project import Project
from tests.support import REPOSITORY, files_below

ITEMS = ("a", "b", "c", "d")
MAKE = """
import os, sys, time
from pathlib import Path
import extra
out, *sources = sys.argv[1:]
with Path(os.environ["TOY_NOTES"]).open("a") as notes:
    print(out, os.getpid(), file=notes)
text = "".join(Path(source).read_text() for source in sources)
if "fail" in text and out == "items/b.txt":
    sys.exit("make: the word is fail; write another.")
if "wait" in text and out.startswith("items"):
    time.sleep(60)
Path(out).parent.mkdir(parents=True, exist_ok=True)
Path(out).write_text(text + out + "\\n")
"""
# Outputs that DVC never restores, of which it keeps one, a foreach, a folder as dependency, a
# metric in Git.
PIPELINE = """
stages:
  source:
    cmd:
      - python make.py source.txt params.yaml
      - python make.py kept.txt params.yaml
    deps: [make.py, extra.py]
    params: [word]
    outs:
      - kept.txt:
          persist: true
      - source.txt:
          cache: false
          persist: true
  item:
    foreach: ${items}
    do:
      cmd: python make.py items/${item}.txt source.txt kept.txt
      deps: [make.py, extra.py, source.txt, kept.txt]
      outs: ["items/${item}.txt"]
  all:
    cmd: python make.py all.txt items/a.txt items/b.txt items/c.txt items/d.txt
    deps: [make.py, extra.py, items]
    outs: [all.txt]
  report:
    cmd: python make.py report.yaml all.txt
    deps: [make.py, extra.py, all.txt]
    metrics:
      - report.yaml:
          cache: false
"""


@dataclass(frozen=True)
class Toy:
    """A DVC project in which nothing of the user's is read or written."""

    root: Path

    def start(self, *command: str) -> "subprocess.Popen[str]":
        home = self.root.parent
        own = {"PYTHONPATH": str(REPOSITORY), "TOY_NOTES": str(home / "notes.txt")}
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=Project(self.root, home, home).environment() | own,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def run(self, *command: str, status: int = 0) -> str:
        process = self.start(*command)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == status, output
        return output

    def say(self, word: str) -> None:
        """Write the parameters, and make what the cluster does not: as the Makefile does."""
        text = f"word: {word}\nitems: [{', '.join(ITEMS)}]\n"
        (self.root / "params.yaml").write_text(text, "utf-8")
        self.run("dvc", "repro", "source")

    def notes(self) -> list[list[str]]:
        """Return what each command that ran noted: its output and process."""
        return [line.split() for line in (self.root.parent / "notes.txt").read_text().splitlines()]

    def items_run(self) -> int:
        return sum(out.startswith("items") for out, _ in self.notes())


CLUSTER = (sys.executable, "-m", "tools.cluster", "--leave", "report")


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """The toy, of which only the first stage has run; what still runs at the end is killed."""
    toy = Toy(tmp_path / "toy")
    toy.root.mkdir()
    (toy.root / "make.py").write_text(MAKE, "utf-8")
    (toy.root / "dvc.yaml").write_text(PIPELINE, "utf-8")
    toy.run("git", "init", "--quiet")
    toy.run("dvc", "init", "--quiet")
    toy.run("git", "add", "--all")
    toy.run("git", "commit", "--quiet", "--message", "A toy")
    (toy.root / "extra.py").write_text("# nobody has added this\n", "utf-8")
    toy.say("one")
    yield toy
    for _, process in toy.notes():
        with suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


def results(toy: Toy) -> dict[str, bytes]:
    files = files_below(toy.root)
    return {k: files[k] for k in files if not k.startswith((".git/", ".dvc/"))}


def ends_well(toy: Toy) -> None:
    """What the cluster made is found by DVC, is what DVC makes, and nothing else is left."""
    before = len(toy.notes())
    toy.run("dvc", "repro")
    assert [out for out, _ in toy.notes()[before:]] == ["report.yaml"]
    made = results(toy)
    toy.run("dvc", "repro", "--force")
    assert results(toy) == made
    assert toy.run("dvc", "status", "--json").strip() == "{}"
    assert not list((toy.root / ".dvc/tmp").rglob("stage-*"))


def test_what_dvc_repro_makes_from_a_git_hook_too_and_nothing_is_added_to_git(toy: Toy) -> None:
    hook = toy.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {shlex.join(CLUSTER)} --jobs 2\n", "utf-8")
    hook.chmod(0o755)
    toy.run("git", "add", "params.yaml")
    toy.run("git", "commit", "--quiet", "--message", "one")
    shown = toy.run("git", "show", "--format=", "--name-only", "HEAD")
    assert shown.split() == ["params.yaml"]
    name = toy.run("git", "hash-object", "extra.py").strip()
    assert name not in toy.run("git", "cat-file", "--batch-all-objects", "--batch-check")
    assert toy.items_run() == len(ITEMS)
    toy.run(*CLUSTER, "--jobs", "4")  # finds its runs
    assert toy.items_run() == len(ITEMS)
    ends_well(toy)


@pytest.mark.parametrize(
    "victim",
    [
        signal.SIGKILL,
        *(
            pytest.param(victim, marks=pytest.mark.slow)
            for victim in ("worker", signal.SIGINT, signal.SIGTERM)
        ),
    ],
)
def test_a_kill_of_a_worker_or_of_all_hinders_nothing(
    toy: Toy, victim: str | signal.Signals
) -> None:
    toy.say("wait")
    running = toy.start(*CLUSTER, "--jobs", "2")
    until(lambda: toy.items_run() == 2)
    stage = psutil.Process(int(toy.notes()[-1][1]))
    if isinstance(victim, signal.Signals):
        running.send_signal(victim)
        said, _ = running.communicate(timeout=30)
        assert running.returncode == (-victim if victim == signal.SIGKILL else 128 + victim)
        assert "Traceback" not in said
    else:
        worker = next(one for one in stage.parents() if "spawn_main" in " ".join(one.cmdline()))
        worker.kill()
        until(lambda: toy.items_run() == 3)  # Dask has started it again
        running.kill()
        running.communicate()
    until(lambda: not stage.is_running() or stage.status() == psutil.STATUS_ZOMBIE, 10)
    toy.say("go")
    toy.run(*CLUSTER, "--jobs", "2")
    ends_well(toy)


@pytest.mark.slow
def test_a_failure_is_shown_and_what_does_not_need_it_is_kept(toy: Toy) -> None:
    toy.say("fail")
    said = toy.run(*CLUSTER, "--jobs", "2", status=1)
    assert said.count("make: the word is fail; write another.") == 1
    assert said.splitlines()[-1].startswith("cluster: a stage failed; what others made is kept.")
    assert toy.items_run() == len(ITEMS)
    for jobs in ("0", "-j4", "max", ""):
        assert "JOBS is a whole number" in toy.run(*CLUSTER, f"--jobs={jobs}", status=1)
    (toy.root / "dvc.yaml").write_text("stages: [", "utf-8")
    said = toy.run(*CLUSTER, "--jobs", "1", status=1)
    assert said.startswith("cluster: ") and "'./dvc.yaml' is invalid" in said


@pytest.mark.slow
def test_workers_elsewhere_get_and_give_runs_through_a_remote(toy: Toy, tmp_path: Path) -> None:
    """Two workers that share no folder, started by Dask's own commands."""
    toy.run("dvc", "remote", "add", "--default", "shared", str(tmp_path / "remote"))
    dask = (sys.executable, "-m", "dask")
    scheduler = toy.start(
        *dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
    )
    assert scheduler.stdout is not None
    started = (re.search(r"tcp://\S+:\d+", line) for line in scheduler.stdout)
    address = next(found[0] for found in started if found)
    workers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        there = Toy(tmp_path / name)
        workers.append(
            there.start(*dask, "worker", address, "--nthreads", "1", "--local-directory", ".")
        )
    try:
        said = toy.run(*CLUSTER, "--scheduler", address, "--remote", "shared")
        assert f"({len(ITEMS) + 1} of {len(ITEMS) + 1})" in said
        toy.run("dvc", "pull", "--run-cache", "--allow-missing")
        toy.run("dvc", "repro", "--pull", "report")
        assert toy.items_run() == len(ITEMS)
        assert sum(out == "kept.txt" for out, _ in toy.notes()) == 1  # workers pulled it
    finally:
        for process in (*workers, scheduler):
            process.terminate()
            process.wait(20)
