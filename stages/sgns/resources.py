"""What training asks of the machine: memory, and the precision of its matrix products."""

from contextlib import suppress
from pathlib import Path
from typing import Literal

import psutil
import torch

from stages.console import StageError
from stages.params.sgns import SgnsParams
from stages.sampling.stream import CHUNK, LONGEST
from stages.sgns.batches import uses_of_batch
from stages.sgns.lanes import LANES
from stages.sgns.layout import Layout

PROGRAM = 350 * 2**20  # bytes of Python, torch and their libraries, at work
GIB = 2**30


def product_dtype(
    precision: Literal["auto", "float32", "bfloat16"], device: torch.device
) -> torch.dtype:
    """Return the type that matrix products take; sums are in float32 all the same.

    ``auto`` is bfloat16 where the processor multiplies it faster than float32.
    """
    if precision != "auto":
        return torch.float32 if precision == "float32" else torch.bfloat16
    if device.type == "cuda":
        fast = torch.cuda.get_device_capability(device) >= (8, 0)
    else:
        abilities = torch.cpu.get_capabilities()
        fast = any(abilities.get(name, False) for name in ("amx_bf16", "avx512_bf16"))
    return torch.bfloat16 if fast else torch.float32


def table_bytes(words: int, dim: int) -> int:
    """Return the size of what training keeps of every word: two vectors and two scales."""
    return 2 * words * (dim + 1) * 4


def label_bytes(params: SgnsParams, most: int = LONGEST) -> int:
    """Return the size of what a window's keys are to its centres, for every reach."""
    layout = Layout.of(min(params.R, most), params.K)
    return layout.block * (layout.radius + 1) ** 2 * layout.keys * 24


def working_bytes(words: int, params: SgnsParams, cores: int = 1, most: int = LONGEST) -> int:
    """Return an upper bound of what training needs besides its tables, in bytes.

    It does not depend on the length of the corpus, which is mapped into memory, not read.

    Args:
        words: V.
        params: of the models.
        cores: processes that train at the same time, beside the one that waits for them.
        most: how far any two words of a row are apart.
    """
    layout = Layout.of(min(params.R, most), params.K)
    uses = uses_of_batch(layout, params.batch)
    rows = min(uses, 2 * words)
    vector = 4 * params.dim
    # Of a lane: gradients of uses and of rows, rows in two precisions, indices of the batch.
    lane = uses * (vector + 40) + rows * (4 * vector + 16) + 64 * CHUNK
    model = LANES * lane
    checkpoint = 2 * table_bytes(words, params.dim)  # a copy, and its bytes as written
    processes = cores + (cores > 1)
    at_once = min(cores, params.models) * (model + checkpoint)
    return processes * PROGRAM + label_bytes(params, most) + at_once + words * 64


def available_bytes(device: torch.device) -> int:
    """Return how much memory may still be taken, by the machine's and its container's limits."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = [psutil.virtual_memory().available]
    group = Path("/sys/fs/cgroup")
    with suppress(OSError, ValueError):  # no such control group, or one without a limit
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        free.append(limit - used + int(statistics.get("inactive_file", 0)))
    return int(min(free))


def require_memory(
    words: int, params: SgnsParams, device: torch.device, cores: int, most: int = LONGEST
) -> str:
    """Return, in words, the memory that training all models in so many processes needs.

    Raises:
        StageError: the machine has less.
    """
    tables = params.models * table_bytes(words, params.dim)  # all models are kept to the end
    working = working_bytes(words, params, cores, most)
    need, free = tables + working, available_bytes(device)
    text = (
        f"needs up to {need / GIB:.2f} GiB of memory: {tables / GIB:.2f} for {params.models} x "
        f"{words:,} words x {params.dim} dimensions, {working / GIB:.2f} to work in"
    )
    if need > free:
        lower = "Lower sgns.dim or sgns.batch, raise tokenize.min_count"
        if label_bytes(params, most) > need / 2:
            lower = f"Most of it is for windows of radius {params.R}: lower sgns.R"
        raise StageError(
            f"{text}; but only {free / GIB:.2f} GiB are free. {lower}, or free some memory."
        )
    return text
