"""What ``studies/dvc.yaml`` says of code is what its programs may import or start."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.studies.imports import modules_of
from tests.support import REPOSITORY

STAGES: dict[str, Any] = {
    name: stage.get("do", stage)
    for name, stage in yaml.safe_load((REPOSITORY / "studies/dvc.yaml").read_text("utf-8"))[
        "stages"
    ].items()
}


@pytest.mark.parametrize("name", sorted(STAGES))
def test_code_is_what_may_be_imported_or_started(name: str) -> None:
    stage = STAGES[name]
    _, _, program, *_ = shlex.split(stage["cmd"])
    needed = modules_of(program)
    declared = {
        Path(dep) for dep in stage["deps"] if dep.startswith("stages") or dep.endswith(".py")
    }
    missing = {path for path in needed if not any(path.is_relative_to(d) for d in declared)}
    unused = {d for d in declared if not any(path.is_relative_to(d) for path in needed)}
    assert (missing, unused) == (set(), set())


def test_results_are_kept_in_git_and_right_test_rows_are_not() -> None:
    for stage in STAGES.values():
        for out in stage["outs"]:
            path, options = next(iter(out.items())) if isinstance(out, dict) else (out, {})
            small = path.startswith(("studies/results/", "studies/manifests/", "studies/plots"))
            assert options.get("cache", True) != small, path
