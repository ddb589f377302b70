"""Nothing runs with a module of the user's in the place of another, or without room for any."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import child_environment, only_sentence


@pytest.mark.parametrize(("module", "beside"), [("csv", True), ("yaml", True), ("pandas", False)])
def test_a_module_of_the_users_that_comes_first_is_named(
    module: str, beside: bool, tmp_path: Path
) -> None:
    users, here = tmp_path / "users", tmp_path / "here"
    users.mkdir()
    here.mkdir()
    for allowed in ("harmless.py", "sitecustomize.py", "test.py"):
        (users / allowed).touch()
    given = child_environment(tmp_path)
    given["PYTHONPATH"] = f"{given['PYTHONPATH']}{os.pathsep}{users}"

    def helped() -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "stages.lens", "--help"]
        return subprocess.run(
            command, cwd=here, env=given, capture_output=True, text=True, check=False
        )

    assert helped().returncode == 0
    file = (here if beside else users) / f"{module}.py"
    file.write_text("raise SystemExit('imported')", encoding="utf-8")
    assert f"{file} would be imported in place of" in only_sentence(helped(), "stages")


@pytest.mark.parametrize("stage", ["check", "tokenize", "sgns", "classify", "report"])
def test_a_limit_below_what_the_libraries_take_is_named(stage: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"stages.{stage}"],
        env=child_environment(tmp_path),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "there is not enough memory: a limit (ulimit -v)" in only_sentence(done, "stages")
