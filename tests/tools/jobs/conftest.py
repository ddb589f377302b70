"""A toy DVC project: text files made from text files, in no time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.forks.programs import forks
from tests.support import child_environment

ITEMS = ("a", "b", "c")
STAGES = len(ITEMS) + 3
MAKE = """
import os, sys, time
from pathlib import Path
out, *sources = sys.argv[1:]
text = "".join(Path(source).read_text() for source in sources)
spent = Path(os.environ["TOY_NOTES"])
with spent.open("a") as notes:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    print(out, os.getpid(), cores, os.environ.get("MKL_NUM_THREADS"), file=notes)
if "fail" in text and out == "items/b.txt":
    sys.exit("make: the word is fail; write another.")
if "wait" in text and out.startswith("items"):
    time.sleep(60)
Path(out).parent.mkdir(parents=True, exist_ok=True)
Path(out).write_text(text + out + "\\n")
"""
# An output that is not cached (as of what reads an environment variable), a foreach, a metric that
# Git keeps, a folder as dependency.
PIPELINE = """
stages:
  source:
    cmd: python make.py source.txt $TOY_DATA/word.txt
    deps: [make.py]
    outs:
      - source.txt:
          cache: false
  item:
    foreach: ${items}
    do:
      cmd: python make.py items/${item}.txt source.txt params.yaml
      deps: [make.py, source.txt]
      params: [word]
      outs: ["items/${item}.txt"]
  measure:
    cmd: python make.py measures/a.yaml items/a.txt
    deps: [make.py, items/a.txt]
    metrics:
      - measures/a.yaml:
          cache: false
  all:
    cmd: python make.py all.txt items/a.txt measures/a.yaml
    deps: [make.py, items, measures]
    outs: [all.txt]
"""


@dataclass(frozen=True)
class Toy:
    """A repository with that pipeline, whose data lie beside it at a relative path."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """An environment in which nothing of the user's is read or written."""
        home = self.root.parent
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return child_environment(home) | {
            "PATH": path,
            "TOY_DATA": "../data",
            "TOY_NOTES": str(home / "notes.txt"),
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(home / "site"),
            "DVC_GLOBAL_CONFIG_DIR": str(home / "global"),
            "DVC_SYSTEM_CONFIG_DIR": str(home / "system"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            **{f"GIT_{who}_NAME": "A Tester" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "tester@example.org" for who in ("AUTHOR", "COMMITTER")},
        }

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start a command in the project; Ctrl-C ends it even where it would not end the tests."""
        name, *arguments = command
        return subprocess.Popen(
            [str(forks() / "dvc") if name == "dvc" else name, *arguments],
            cwd=self.root,
            env=self.environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command that must end with this status; return all that it printed."""
        process = self.start(*command)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == status, output + errors
        return output + errors

    def jobs(self, *options: str, status: int = 0) -> str:
        """Run the pipeline by ``python -m tools.jobs``."""
        return self.run(*self.command(*options), status=status)

    def command(self, *options: str) -> tuple[str, ...]:
        """Return the command line of ``python -m tools.jobs``."""
        return (sys.executable, "-m", "tools.jobs", "--path-variable", "TOY_DATA", *options)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.root / path).write_text(text, encoding="utf-8")

    def notes(self) -> list[list[str]]:
        """Return what each command that ran noted: output, process, cores, threads."""
        notes = self.root.parent / "notes.txt"
        return [line.split() for line in notes.read_text().splitlines()] if notes.exists() else []

    def known_to_git(self, path: str) -> bool:
        """Whether the content of a file is among Git's objects."""
        name = self.run("git", "hash-object", path).strip()
        objects = self.run("git", "cat-file", "--batch-all-objects", "--batch-check")
        return any(line.startswith(name) for line in objects.splitlines())

    def left_over(self) -> list[str]:
        """Return the worktrees besides the repository, and what is left of their folder."""
        listed = self.run("git", "worktree", "list").splitlines()[1:]
        folder = self.root / ".dvc/tmp/jobs"
        return listed + [path.name for path in folder.glob("*") if path.name != "logs"]


def new_toy(folder: Path) -> Toy:
    """Make the project in ``folder``: committed, never run."""
    toy = Toy(folder / "toy")
    toy.root.mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "data/word.txt").write_text("from the data\n", encoding="utf-8")
    toy.write("make.py", MAKE)
    toy.write("dvc.yaml", PIPELINE)
    toy.write("params.yaml", f"word: committed\nitems: [{', '.join(ITEMS)}]\n")
    toy.run("git", "init", "--quiet")
    toy.run("dvc", "init", "--quiet")
    toy.run("git", "add", "--all")
    toy.run("git", "commit", "--quiet", "--message", "A toy")
    return toy


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """The toy, never run; whatever of it still runs at the end is killed."""
    toy = new_toy(tmp_path)
    yield toy
    for _, process, *_ in toy.notes():
        with suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is true."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)
