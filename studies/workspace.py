"""A working folder of a study's own, in which the ordinary stage programs run.

A study has no training or evaluation of its own. As a user with another corpus would, it writes a
``params.yaml``, puts its text where ``W2V_DATA_DIR`` says, and runs the stages' command lines.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stages.check.whole import parse_params
from stages.core.atomic import write_text
from stages.core.console import StageError, say
from stages.core.params import PARAMS_FILE, read_content

REPOSITORY = Path(__file__).resolve().parents[1]
SCRATCH = Path(".scratch/studies")
DATA = Path("data")
TASKS = Path("studies/data")  # the data of other tasks than the main experiment's
TEXT, LABELS = "main-text", "labels"  # names of the data sets that a workspace brings itself


def with_changes(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with other values for some dotted keys.

    Raises:
        StageError: a key is none of the parameters', or a value is not legal.
    """
    changed = deepcopy(dict(content))
    for key, value in changes.items():
        *sections, name = key.split(".")
        section: Any = changed
        for part in sections:
            section = section.get(part) if isinstance(section, dict) else None
        if not isinstance(section, dict) or name not in section:
            raise StageError(f"{key} is changed by a study, but is no key of {PARAMS_FILE}.")
        section[name] = value
    parse_params(changed, "the study's parameters")
    return changed


@dataclass(frozen=True)
class Workspace:
    """A folder with a ``params.yaml`` of its own, the main one's with changes."""

    root: Path
    content: Mapping[str, Any]

    @property
    def texts(self) -> Path:
        """The folder that stands for ``W2V_DATA_DIR`` in it."""
        return self.root / "texts"

    def change(self, changes: Mapping[str, Any]) -> "Workspace":
        """Return the same folder with these values too, written to its ``params.yaml``."""
        content = with_changes(self.content, changes)
        write_text(self.root / PARAMS_FILE, yaml.safe_dump(content, sort_keys=False))
        return Workspace(self.root, content)

    def use_data(self, folder: Path) -> None:
        """Take ``data`` from a folder that holds what ``download`` and ``tokenize`` made."""
        if not folder.is_dir():
            raise StageError(f"{folder} is missing; make it with: dvc repro studies/dvc.yaml")
        (self.root / DATA).symlink_to(folder.resolve(), target_is_directory=True)

    def run(self, program: str, *arguments: object) -> None:
        """Run a stage's program, as ``python -m program arguments``, in this folder.

        Raises:
            StageError: it failed; it has said why itself.
        """
        say(f"studies: {program} {' '.join(map(str, arguments))}")
        self.status(program, *arguments)

    def status(self, program: str, *arguments: object, also: int = 0) -> int:
        """Run a stage's program, all of whose output goes to stderr; return its exit status.

        Raises:
            StageError: it is neither 0 nor what it may ``also`` be; the program has said why.
        """
        environment = os.environ | {
            "PYTHONPATH": str(REPOSITORY),
            "W2V_DATA_DIR": str(self.texts.resolve()),
        }
        command = [sys.executable, "-m", program, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.root, env=environment, stdout=sys.stderr, check=False
        )
        if done.returncode not in {0, also}:
            raise StageError(f"{program} failed, for the reason that it gave above.")
        return done.returncode


@contextmanager
def workspace(name: str, changes: Mapping[str, Any]) -> Iterator[Workspace]:
    """Yield a new workspace, an empty folder but for ``params.yaml``; remove it afterwards.

    Raises:
        StageError: as ``with_changes`` does.
    """
    content = read_content(PARAMS_FILE)
    if not isinstance(content, dict):
        raise StageError(f"{PARAMS_FILE} must be sections of keys and values.")
    root = SCRATCH / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    try:
        yield Workspace(root, content).change(changes)
    finally:
        shutil.rmtree(root, ignore_errors=True)
