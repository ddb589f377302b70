"""The small project after one ``dvc repro``: made once, for all processes and for later runs."""

import hashlib
import os
import shutil
import sys
import time
from fcntl import LOCK_EX, flock
from importlib.metadata import version
from pathlib import Path

from tests.pipeline.project import FILES, Project, new_project
from tests.support import REPOSITORY

KEPT = REPOSITORY / ".pytest_cache/finished"
RECORDING = Path(__file__).with_name("recording")
DAYS_KEPT = 7
# What decides what the project is and what its stages leave.
MADE_FROM = ("stages", ".dvc/plots", *FILES, "params.yaml", "requirements.lock", "tests/pipeline")


def finished_project() -> Project:
    """Return the project, committed; for reading only. The first who asks makes it."""
    folder = KEPT / made_from()
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as file:  # one process at a time looks for it or makes it
        flock(file, LOCK_EX)
        if not (folder / "made").exists():
            remove_old()
            make(folder)
        os.utime(folder)
    return Project.in_folder(folder)


def make(folder: Path) -> None:
    """Run the pipeline, with notes of each stage; the first run of each program is no fork."""
    shutil.rmtree(folder, ignore_errors=True)
    project = new_project(folder)
    project.notes.mkdir()
    noting = {"PYTHONPATH": str(RECORDING), "W2V_NOTES": str(project.notes)}
    project.output("dvc", "repro", **noting)
    project.commit("Results")
    (folder / "made").touch()


def made_from() -> str:
    """Return a name that is another one whenever the project would be."""
    digest = hashlib.sha256(f"{sys.version} {version('torch')}".encode())
    for place in MADE_FROM:
        whole = REPOSITORY / place
        for path in sorted(whole.rglob("*")) if whole.is_dir() else [whole]:
            if path.is_file() and path.suffix != ".pyc" and not path.name.startswith("test_"):
                digest.update(f"{path.relative_to(REPOSITORY)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def remove_old() -> None:
    """Remove the projects of long ago."""
    for folder in KEPT.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > DAYS_KEPT * 86400:
            shutil.rmtree(folder)
