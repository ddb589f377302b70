"""No module of the user's is imported in the place of one that a stage uses."""

import os
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
    (users / "harmless.py").touch()
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
