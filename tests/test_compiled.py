"""Compiled loops: exact enough, and kept by all that their code is made from."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest

from stages.core.compiled import exp4, exp8, log8, softplus8
from tests.support import REPOSITORY, run_python

KERNELS = sorted((REPOSITORY / "stages").glob("*/kernels.py"))


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.parent.name)
def test_loops_take_nothing_of_ours_but_what_their_name_in_the_cache_is_made_from(
    path: Path,
) -> None:
    """Numba freezes a value from elsewhere into the code, which then outlives a change of it."""
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    taken = {node.module for node in tree if isinstance(node, ast.ImportFrom)}
    ours = {module for module in taken if module and module.startswith("stages.")}
    assert ours <= {"stages.core.compiled", "stages.core.arrays"}  # the latter has types alone


def test_functions_are_as_exact_as_they_say() -> None:
    for x in np.linspace(-86, 86, 2001).astype(np.float32):
        assert float(exp4(x)) == pytest.approx(math.exp(float(x)), rel=4e-6)
    for y in np.linspace(-690, 690, 2001).tolist():
        assert exp8(y) == pytest.approx(math.exp(y), rel=1e-13)
        assert log8(math.exp(y)) == pytest.approx(math.log(math.exp(y)), rel=1e-15, abs=1e-15)
        assert softplus8(y) == pytest.approx(float(np.logaddexp(0, y)), rel=1e-12)


@pytest.mark.parametrize("stage", ["sgns.stage", "classify.stage", "lens.look"])
def test_no_stage_imports_torch_on_a_cpu(stage: str, tmp_path: Path) -> None:
    program = f"import sys, stages.{stage}; sys.exit('torch' in sys.modules)"
    done = run_python(tmp_path, "-c", program, PYTHONHASHSEED="0")  # no fork, which has it
    assert done.returncode == 0, done.stderr
