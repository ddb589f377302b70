"""``python -m tools.environment``: record what made the results, in ``docs/environment.json``.

Results hang on versions; on a GPU, or on a processor without AVX2, on that too. The record is no
dependency and no output of any stage, so it changes no hash. It names the ``dvc.lock`` that it
belongs to and is written anew only when that has changed: who runs a pipeline that is up to date
has not made the results. Times, names of machines and paths are not in it.
"""

import hashlib
import json
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stages.core.atomic import write_json
from stages.core.console import StageError, run_stage, say

RECORD = Path("docs/environment.json")
LOCK = Path("dvc.lock")
REQUIREMENTS = Path("requirements.txt")
CPU_INFO = Path("/proc/cpuinfo")  # of Linux; elsewhere only what torch says is recorded

# Those by which NumPy, torch and their libraries choose among kernels. An ARM chip says
# "Features" in place of "flags".
ARITHMETIC = (
    *("sse4_2", "avx", "f16c", "fma", "avx2", "avx512f", "avx512dq", "avx512bw", "avx512vl"),
    *("avx_vnni", "avx512_vnni", "avx512_bf16", "avx512_fp16"),
    *("amx_tile", "amx_bf16", "amx_int8", "amx_fp16"),
    *("asimd", "asimdhp", "asimddp", "bf16", "sve", "sve2", "i8mm"),
)


def environment() -> dict[str, Any]:
    """Return what may change the last digits of a result."""
    return {
        "python": platform.python_version(),
        "packages": _versions(REQUIREMENTS.read_text("utf-8")),
        "system": platform.system(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "processor": _processor(),
        "blas": _blas(),
        "cuda": _cuda(),
    }


def _versions(requirements: str) -> dict[str, str]:
    """Return the installed version of every package that the pipeline needs."""
    names = re.findall(r"^([A-Za-z0-9._-]+)==", requirements, re.MULTILINE)
    return {name: version(name) for name in names}


def _processor() -> dict[str, Any]:
    import torch

    told = CPU_INFO.read_text("utf-8", errors="replace") if CPU_INFO.is_file() else ""
    vendor = re.search(r"^vendor_id\s*: *(.+)$", told, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*: *(.+)$", told, re.MULTILINE)
    has = set(flags[1].split()) if flags else set()
    return {
        "machine": platform.machine(),
        "vendor": vendor[1] if vendor else None,
        "features": [name for name in ARITHMETIC if name in has],
        "torch_kernels": torch.backends.cpu.get_cpu_capability(),
    }


def _blas() -> dict[str, str]:
    import numpy as np
    import torch

    built: Any = np.show_config(mode="dicts")
    numpy = built["Build Dependencies"]["blas"]
    mkl = re.search(r"oneAPI Math Kernel Library Version ([\w.-]+)", torch.__config__.show())
    return {
        "numpy": f"{numpy['name']} {numpy['version']}",
        "torch": f"MKL {mkl[1]}" if mkl else "another than MKL",
    }


def _cuda() -> str | None:
    """Return the name of the GPU that ``device: auto`` would take; None without one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def record(folder: Path) -> bool:
    """Write the record of the results in ``folder``, unless it has one; return whether it did.

    Raises:
        StageError: there are no results.
    """
    if not (folder / LOCK).is_file():
        raise StageError("there is no dvc.lock, so there are no results; make some with: dvc repro")
    digest = hashlib.sha256((folder / LOCK).read_bytes()).hexdigest()
    if recorded_lock(folder) == digest:
        return False
    write_json(folder / RECORD, {"dvc_lock_sha256": digest, **environment()})
    return True


def recorded_lock(folder: Path) -> str | None:
    """Return the SHA-256 of the ``dvc.lock`` that the record belongs to; None without a record."""
    try:
        return str(json.loads((folder / RECORD).read_text("utf-8"))["dvc_lock_sha256"])
    except (OSError, ValueError):
        return None


def main() -> None:
    """Record, and say what was done."""
    written = record(Path())
    say(f"environment: {RECORD} {'written' if written else 'is of these results'}")


if __name__ == "__main__":
    run_stage("environment", main)
