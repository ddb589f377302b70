"""The Makefile's recipes, with programs that only note how they were called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import REPOSITORY, child_environment

PYTHON = """#!/bin/sh
case "$*" in "-m studies.data stale") printf "$STALE"; exit "$STATUS" ;; esac
"""
DVC = """#!/bin/sh
echo "$*" >> calls
"""


SETTINGS = {
    "SHELL": "/usr/sbin/nologin",
    "PIP_USER": "1",
    "PIP_TARGET": "elsewhere",
    "PYTHONPATH": "elsewhere",
    "PYTHONSAFEPATH": "1",
}


def environment_of_recipes(folder: Path, given: dict[str, str]) -> dict[str, str]:
    """Return what a recipe of the Makefile's sees where ``make`` is given that."""
    (folder / "probe.mk").write_text("probe:\n\t@env\n", encoding="utf-8")
    done = subprocess.run(
        ["make", "--no-print-directory", "-f", REPOSITORY / "Makefile", "-f", "probe.mk", "probe"],
        cwd=folder,
        env=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def test_what_is_set_for_other_programs_reaches_no_recipe(tmp_path: Path) -> None:
    found = environment_of_recipes(tmp_path, child_environment(tmp_path) | SETTINGS)
    left = {name: found[name] for name in SETTINGS if name in found}
    assert left == {"SHELL": "/bin/sh", "PIP_USER": "0"}


def test_an_account_without_a_name_or_a_home_is_given_both(tmp_path: Path) -> None:
    found = environment_of_recipes(tmp_path, {"PATH": os.environ["PATH"]})
    assert found["LOGNAME"] and Path(found["HOME"]).is_relative_to(tmp_path)
    own = {"PATH": os.environ["PATH"], "LOGNAME": "me", "HOME": "/home/me"}
    assert environment_of_recipes(tmp_path, own).items() >= own.items() - {("PATH", own["PATH"])}


def test_an_environment_without_pip_is_made_again(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    programs = tmp_path / ".venv/bin"
    programs.mkdir(parents=True)
    (programs / "python").touch()  # what an interrupted `python -m venv` leaves
    command = ["make", "--dry-run", "--old-file", ".venv/.requirements", "lock"]
    made = [subprocess.check_output(command, cwd=tmp_path, text=True)]
    (programs / "pip").touch()
    made.append(subprocess.check_output(command, cwd=tmp_path, text=True))
    assert ["-m venv .venv" in said for said in made] == [True, False]


def run_studies(folder: Path, stale: str, status: int) -> tuple[int, list[str]]:
    """Run ``make studies`` where ``stale`` prints that and ends so; return how dvc was called."""
    shutil.copy(REPOSITORY / "Makefile", folder)
    programs = folder / ".venv/bin"
    programs.mkdir(parents=True)
    for name, script in (("python", PYTHON), ("dvc", DVC)):
        (programs / name).write_text(script, encoding="utf-8")
        (programs / name).chmod(0o755)
    done = subprocess.run(
        ["make", "--old-file", ".venv/.requirements", "studies"],
        cwd=folder,
        env=child_environment(folder) | {"STALE": stale, "STATUS": str(status)},
        capture_output=True,
        check=False,
    )
    return done.returncode, (folder / "calls").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("tasks", [[], ["trec"], ["trec", "r8"]])
def test_studies_fetch_anew_what_is_stale(tasks: list[str], tmp_path: Path) -> None:
    status, calls = run_studies(tmp_path, "\\n".join(tasks) + "\\n", 0)
    forced = [call.split()[-1] for call in calls if "--force" in call]
    assert forced == [f"studies/dvc.yaml:data@{task}" for task in tasks]
    assert (status, calls[-1]) == (0, "repro studies/dvc.yaml:summary")


def test_studies_end_where_it_cannot_be_told_what_is_stale(tmp_path: Path) -> None:
    status, calls = run_studies(tmp_path, "", 1)
    assert status != 0
    assert calls == ["repro"]  # that of `make repro`
