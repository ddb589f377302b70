"""Lock files name the stages that there are: DVC never drops the entry of one that is gone."""

import shutil
import subprocess
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import REPOSITORY


def content(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def names_of(folder: Path) -> list[str]:
    """Return the names of a pipeline's stages, one for each item of a foreach."""
    params, names = content(folder / "params.yaml"), []
    for name, stage in content(folder / "dvc.yaml")["stages"].items():
        if "foreach" in stage:
            keys = stage["foreach"].removeprefix("${").removesuffix("}").split(".")
            names += [f"{name}@{item}" for item in reduce(getitem, keys, params)]
        else:
            names.append(name)
    return names


@pytest.mark.parametrize("folder", [".", "studies"])
def test_lock_names_the_stages_of_the_pipeline(folder: str) -> None:
    pipeline = REPOSITORY / folder
    assert sorted(content(pipeline / "dvc.lock")["stages"]) == sorted(names_of(pipeline))


def test_what_users_have_git_ignore_and_convert_leaves_locks_as_they_are(tmp_path: Path) -> None:
    for name in (".gitignore", ".gitattributes", "dvc.lock"):
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / "others").write_text("*.lock\n", encoding="utf-8")

    def git(*command: str) -> None:
        own = ["-c", "core.excludesFile=others", "-c", "core.autocrlf=true"]
        subprocess.run(["git", *own, *command], cwd=tmp_path, check=True)

    git("init", "--quiet")
    git("add", "dvc.lock", ".gitattributes")
    (tmp_path / "dvc.lock").unlink()
    git("checkout", "--quiet", "dvc.lock")
    assert (tmp_path / "dvc.lock").read_bytes() == (REPOSITORY / "dvc.lock").read_bytes()
