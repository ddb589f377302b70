"""Lock files name the stages that there are: DVC never drops the entry of one that is gone."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from tests.support import REPOSITORY


@pytest.mark.parametrize("folder", [".", "studies"])
def test_lock_names_the_stages_of_the_pipeline(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path))
    pipeline = REPOSITORY / folder
    with Repo(str(REPOSITORY)) as repo:
        stages = [each for each in repo.index.stages if Path(each.path).parent == pipeline]
    locked = yaml.safe_load((pipeline / "dvc.lock").read_text("utf-8"))["stages"]
    assert sorted(locked) == sorted(stage.name for stage in stages)


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
