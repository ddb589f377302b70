"""Same bytes on every processor with AVX2: libraries are made to take this one for others.

What they choose by it: NumPy its loops, OpenBLAS, MKL and oneDNN their products, torch its
kernels. ``stages.core.processor`` is to choose for them, whatever a user's environment says, and
``stages.core.compiled`` for our own loops.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.core.processor import FITS
from tests.pipeline.project import Project

pytestmark = pytest.mark.skipif(
    not FITS,
    reason="the same bytes are promised of x86-64 processors with AVX2, which this one is not",
)

NO_AVX512 = "AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD"
PRETENCES = {
    "haswell": {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_CBWR": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "GLIBC_TUNABLES": f"glibc.cpu.hwcaps=-{NO_AVX512}",
        "NUMBA_CPU_NAME": "haswell",
    },
    "zen": {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Zen",
        "MKL_CBWR": "AVX2",
        "NUMBA_CPU_NAME": "znver4",
    },
    "oldest": {
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Sandybridge",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "GLIBC_TUNABLES": f"glibc.cpu.hwcaps=-{NO_AVX512}",
        "NUMBA_CPU_NAME": "skylake-avx512",
    },
}
DIGESTS = Path(__file__).with_name("digests.json")
LIBRARIES = """
import hashlib, numpy, torch
random = numpy.random.default_rng(0)
numbers, matrix = random.normal(size=10000), random.random((200, 200), numpy.float32)
for found in (numpy.exp(numbers), matrix @ matrix, torch.from_numpy(matrix).softmax(1).numpy()):
    print(hashlib.sha256(found.tobytes()).hexdigest())
"""


def test_what_is_measured_has_the_bytes_of_every_other_machine(finished_project: Project) -> None:
    """All machines that run this have compared. Where numbers are to change: WRITE_DIGESTS=1."""
    found = {
        out["path"]: out["md5"]
        for stage in locked(finished_project).values()
        for out in stage["outs"]
        if out["path"].startswith(("data/tokens", "models"))
    }
    if os.environ.get("WRITE_DIGESTS"):
        DIGESTS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    known = json.loads(DIGESTS.read_text("utf-8"))
    assert found.keys() == known.keys()
    assert [path for path in sorted(found) if found[path] != known[path]] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PRETENCES)
def test_same_bytes_on_other_processors(
    finished_project: Project, tmp_path: Path, name: str
) -> None:
    clone = finished_project.clone(tmp_path / "project")
    clone.output("git", "checkout", "--quiet", "HEAD~1")  # before the first run
    # With machine code made under this pretence.
    done = clone.run_truly(("dvc", "repro"), PRETENCES[name] | {"NUMBA_CACHE_DIR": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    found, expected = (locked(project) for project in (clone, finished_project))
    assert found.keys() == expected.keys()
    assert [stage for stage in found if found[stage]["outs"] != expected[stage]["outs"]] == []


@pytest.mark.slow
def test_the_pretences_are_believed(finished_project: Project) -> None:
    """Else the test above shows nothing: libraries give other last digits."""
    said = [
        finished_project.run_truly(("python", "-c", LIBRARIES), settings).stdout.split()
        for settings in ({}, PRETENCES["haswell"], PRETENCES["oldest"])
    ]
    assert len(said[0]) == 3
    for digits in zip(*said, strict=True):
        assert len(set(digits)) > 1, said


def locked(project: Project) -> dict[str, Any]:
    """Return the stages of dvc.lock."""
    stages: dict[str, Any] = yaml.safe_load(project.read("dvc.lock"))["stages"]
    return stages
