"""A small copy of this project, a repository of its own, in which tests may do what they like."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.forks.programs import forks
from tests.pipeline.corpus import DOWNSTREAM_NAME, PRETRAIN_NAME, write_corpus
from tests.support import REPOSITORY, write_params

Done = subprocess.CompletedProcess[str]

# Taken from the working tree, so that what is tested is what one is editing.
FILES = ("dvc.yaml", ".dvc/config", ".dvcignore", ".gitignore")
BUDGETS, RUNS = [20, 40], 2
SGNS_EPOCHS, SGNS_SEEDS = 2, 2
VARIANTS = {"in-domain": {"corpus": "in-domain", "objective": "nce"}}
CELLS = ["R2-K1", "R3-K1", "R2-K2"]  # a cross, as the published experiment has

# What differs from the committed params.yaml.
SMALL: dict[str, Any] = {
    "device": "cpu",
    "data.source": "local",
    "data.pretrain.name": PRETRAIN_NAME,
    "data.downstream.name": DOWNSTREAM_NAME,
    "data.validation": 60,
    "sgns.R": 2,
    "sgns.K": 1,
    "sgns.dim": 10,
    "sgns.epochs": SGNS_EPOCHS,
    "sgns.models": SGNS_SEEDS,
    "sgns.batch": 128,
    "sgns.lr": 0.05,
    "variants": VARIANTS,
    "ablation.cells": CELLS,
    "ablation.models": SGNS_SEEDS,
    "ablation.budgets": BUDGETS,
    "classify.budgets": BUDGETS,
    "classify.runs": RUNS,
    "classify.epochs": 8,
    "classify.min_steps": 60,
    "classify.batch": 4,
    "classify.lr": 0.02,
    "usual.epochs": 3,
    "usual.min_steps": 20,
    "usual.batch": 4,
}


@dataclass(frozen=True)
class Project:
    """A Git and DVC repository, the folder that its data come from, and a home folder."""

    root: Path
    data: Path
    home: Path

    @classmethod
    def in_folder(cls, folder: Path) -> "Project":
        """Return the project of a folder that ``new_project`` made or will make."""
        return cls(folder / "project", folder / "corpus", folder / "home")

    @property
    def notes(self) -> Path:
        """What each stage of a finished project imported, opened and read; see ``recording``."""
        return self.data.with_name("notes")

    def environment(self) -> dict[str, str]:
        """Return an environment in which nothing of the user's is read or written."""
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "LOGNAME": "w2v-tester",
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_CACHE_DIR": str(REPOSITORY / ".scratch/kernels"),  # compiled once for all
            "OMP_NUM_THREADS": "1",  # on matrices this small, threads only wait for each other
            "W2V_DATA_DIR": str(self.data),
            "DVC_SITE_CACHE_DIR": str(self.home / "dvc-site-cache"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.home / "dvc-global"),
            "DVC_SYSTEM_CONFIG_DIR": str(self.home / "dvc-system"),
            "DVC_NO_ANALYTICS": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_AUTHOR_NAME": "A Tester",
            "GIT_AUTHOR_EMAIL": "tester@example.org",
            "GIT_COMMITTER_NAME": "A Tester",
            "GIT_COMMITTER_EMAIL": "tester@example.org",
        }

    def run(self, *command: str, **settings: str) -> Done:
        """Run a command in the project, whatever its exit status.

        Its Python programs are forks; see ``tests.forks``.
        """
        environment = self.environment() | settings
        environment["PATH"] = f"{forks()}{os.pathsep}{environment['PATH']}"
        return self.run_truly(command, environment)

    def run_truly(
        self,
        command: Sequence[str],
        settings: Mapping[str, str],
        before: Callable[[], None] | None = None,
    ) -> Done:
        """Run a command whose programs are no forks; ``before`` is called in its process."""
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment() | dict(settings),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=1800,
            preexec_fn=before,
        )

    def output(self, *command: str, **settings: str) -> str:
        """Run a command that must succeed; return its standard output."""
        done = self.run(*command, **settings)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def set_params(self, changes: Mapping[str, Any]) -> None:
        """Write params.yaml anew, with these values in place of the small project's."""
        write_params(self.root, SMALL | dict(changes))

    def read(self, path: str) -> str:
        """Return the text of a file of the project."""
        return (self.root / path).read_text(encoding="utf-8")

    def commit(self, message: str) -> None:
        """Commit whatever changed."""
        self.output("git", "add", "--all")
        self.output("git", "commit", "--quiet", "--message", message)

    def changed_files(self) -> list[str]:
        """Return the files that Git sees to differ from the last commit."""
        lines = self.output("git", "status", "--porcelain", "--untracked-files=all").splitlines()
        return [line[3:] for line in lines]

    def copy(self, root: Path) -> "Project":
        """Copy the repository with all that is in it, DVC's cache too."""
        shutil.copytree(self.root, root, symlinks=True)
        return replace(self, root=root)

    def clone(self, root: Path) -> "Project":
        """Clone what is committed, as others get it: without DVC's cache."""
        self.output("git", "clone", "--quiet", str(self.root), str(root))
        return replace(self, root=root)


def new_project(folder: Path) -> Project:
    """Make the project in ``folder``: committed, but never run."""
    project = Project.in_folder(folder)
    project.home.mkdir(parents=True)
    write_corpus(project.data)
    without = shutil.ignore_patterns("__pycache__", ".*.partial")
    shutil.copytree(REPOSITORY / "stages", project.root / "stages", ignore=without)
    shutil.copytree(REPOSITORY / ".dvc/plots", project.root / ".dvc/plots")
    for name in FILES:
        (project.root / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, project.root / name)
    project.set_params({})
    project.output("git", "init", "--quiet", "--initial-branch=main")
    project.commit("The pipeline, never run")
    return project


def stages_run(output: str) -> list[str]:
    """Return the stages that DVC says it runs, in order."""
    return re.findall(r"^Running stage '(.+)':", output, re.MULTILINE)
