"""Starting commands of a project in a session of their own, ending them, and what they left."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from tests.pipeline.project import Project
from tests.support import files_below

AT_CHANGE = Path(__file__).with_name("at_change.py")
RESULTS = ("data", "models", "plots", "dvc.lock")
PATIENCE = 10.0  # seconds in which what was killed must be gone


@dataclass(frozen=True)
class Stage:
    """A stage as ``dvc.lock`` has it: its command and its outputs."""

    name: str
    command: list[str]
    outputs: list[str]

    def stopped_at(self, kind: str, part: str, number: int, notes: Path) -> list[str]:
        """Return the command that is killed at a change; see ``at_change``."""
        of_module = self.command[self.command.index("-m") + 1 :]
        return [sys.executable, str(AT_CHANGE), str(notes), kind, part, str(number), *of_module]


def stage_of(project: Project, name: str) -> Stage:
    """Return a stage of a project that has been run."""
    entry = yaml.safe_load(project.read("dvc.lock"))["stages"][name]
    return Stage(name, shlex.split(entry["cmd"]), [out["path"] for out in entry["outs"]])


def start(project: Project, command: Sequence[str], **settings: str) -> "subprocess.Popen[str]":
    """Start a command that leads a session, by which all its descendants can be found."""
    return subprocess.Popen(
        command,
        cwd=project.root,
        env=project.environment() | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: "subprocess.Popen[str]") -> str:
    """Wait for a command; return its standard error."""
    return process.communicate(timeout=900)[1]


def end(process: "subprocess.Popen[str]", number: signal.Signals, group: bool) -> bool:
    """Send a signal to a command, or to its whole group; return whether that was what ended it."""
    if group:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    finish(process)
    return process.returncode == -number


def session(leader: int) -> list[str]:
    """Return the command lines of the processes alive in a session."""
    alive = []
    for process in psutil.process_iter(["cmdline", "status"]):
        try:
            if os.getsid(process.pid) == leader and process.info["status"] != "zombie":
                alive.append(shlex.join(process.info["cmdline"] or ["?"]))
        except (ProcessLookupError, PermissionError):
            continue
    return alive


def orphans(leader: int) -> list[str]:
    """Return what of a session is still alive after a while of patience."""
    deadline = time.monotonic() + PATIENCE
    while (alive := session(leader)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


def strays(root: Path) -> list[str]:
    """Return the files and folders that only a writing in progress may have."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in {".dvc", ".git"}]
        inside = Path(folder).relative_to(root)
        for name in (*folders, *files):
            if name.endswith(".partial") or ".tmp" in name:
                found.append((inside / name).as_posix())
        if inside.parts[:1] == (".scratch",):
            found += [(inside / name).as_posix() for name in files]
    return found


def content(root: Path, path: str) -> dict[str, bytes] | bytes | None:
    """Return an output's bytes, of a folder by relative path; None where there is none."""
    whole = root / path
    if whole.is_dir():
        return files_below(whole)
    return whole.read_bytes() if whole.exists() else None


def contents(root: Path, paths: Sequence[str]) -> dict[str, dict[str, bytes] | bytes | None]:
    """Return the bytes of several outputs, by path."""
    return {path: content(root, path) for path in paths}


def differing(one: Project, other: Project, paths: Sequence[str] = RESULTS) -> list[str]:
    """Return the paths whose content two projects do not have in common."""
    return [path for path in paths if content(one.root, path) != content(other.root, path)]
