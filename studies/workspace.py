"""A study's working folder, in which the ordinary stage programs run.

A study has no training or evaluation of its own. As a user with another corpus would, it writes a
``params.yaml``, puts its text where ``W2V_DATA_DIR`` says, and runs the stages' command lines.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import yaml

from stages.core.atomic import require, write_text
from stages.core.console import StageError
from stages.core.params import PARAMS_FILE, read_content
from stages.texts.raw import PRETRAIN_SPLITS, RAW_PRETRAIN

REPOSITORY = Path(__file__).resolve().parents[1]
SCRATCH = Path(".scratch/studies")
DATA = Path("data")
TASKS = Path("studies/data")  # the data of other tasks than the main experiment's
TEXT = "main-text"  # name of the data set that ``bring`` makes


class Workspace:
    """A folder with a ``params.yaml``, the main one's with changes, and texts for it."""

    def __init__(self, root: Path) -> None:
        """Use a folder; it gets no file before the first change."""
        self.root, self.texts = root, root / "texts"
        self.params: Any = read_content(PARAMS_FILE)

    def change(self, changes: Mapping[str, object]) -> None:
        """Change the values of some dotted keys; the programs that read them check them."""
        for key, value in changes.items():
            *sections, name = key.split(".")
            reduce(getitem, sections, self.params)[name] = value
        write_text(self.root / PARAMS_FILE, yaml.safe_dump(self.params, sort_keys=False))

    def bring(self, name: str, labels: Path) -> None:
        """Take the main experiment's text, and from a folder the labelled rows, by this name."""
        (self.texts / TEXT).mkdir(parents=True)
        for split in PRETRAIN_SPLITS:
            path = RAW_PRETRAIN / f"{split}.parquet"
            if split != "test" or path.exists():
                _link(self.texts / TEXT / path.name, require(path))
        _link(self.texts / name, labels)
        names = {"data.pretrain.name": TEXT, "data.downstream.name": name}
        self.change({"data.source": "local", **names})

    def run(self, program: str, *arguments: object, also: int = 0) -> int:
        """Run a stage's program, all of whose output goes to stderr; return its exit status.

        Raises:
            StageError: it is neither 0 nor what it may ``also`` be; the program has said why.
        """
        command = [program, *map(str, arguments)]
        print("studies:", *command, file=sys.stderr, flush=True)
        environment = {"PYTHONPATH": str(REPOSITORY), "W2V_DATA_DIR": str(self.texts.resolve())}
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=os.environ | environment,
            stdout=sys.stderr,
            check=False,
        )
        if done.returncode not in {0, also}:
            raise StageError(f"{program} failed, for the reason that it gave above.")
        return done.returncode


def _link(link: Path, target: Path) -> None:
    link.symlink_to(target.resolve(), target_is_directory=True)


@contextmanager
def workspace(
    name: str, changes: Mapping[str, object], data: Path | None = None
) -> Iterator[Workspace]:
    """Yield a new workspace, an empty folder but for ``params.yaml``; remove it afterwards.

    data: taken for its ``data``, a folder that holds what ``download`` and ``tokenize`` made.
    """
    root = SCRATCH / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    try:
        place = Workspace(root)
        place.change(changes)
        if data and not data.is_dir():
            raise StageError(f"{data} is missing; make it with: dvc repro studies/dvc.yaml")
        if data:
            _link(root / DATA, data)
        yield place
    finally:
        shutil.rmtree(root, ignore_errors=True)
