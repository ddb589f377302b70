"""The memory that training asks of the machine."""

from contextlib import suppress
from pathlib import Path

import psutil

from stages.core.console import StageError
from stages.core.workers import usable_cores
from stages.sampling.stream import CHUNK, LONGEST
from stages.sgns.batches import Layout
from stages.sgns.params import SgnsParams

PROGRAM = 250 * 2**20  # bytes of Python, Numba and their libraries, at work
GIB = 2**30


def table_bytes(words: int, dim: int) -> int:
    """Return the size of what training keeps of every word: two vectors and two scales."""
    return 2 * words * (dim + 1) * 4


def gradient_bytes(words: int, params: SgnsParams, layout: Layout) -> int:
    """Return an upper bound of what the gradients of a model's parts take, in bytes."""
    row, slots = 4 * (params.dim + 1), 8 * words
    centres = -(-layout.blocks(params.batch) // params.parts) * layout.block
    parts = params.parts * (min(layout.uses(centres), 2 * words) * row + slots)
    total = min(params.parts * layout.uses(params.batch), 2 * words) * row
    return parts + slots + (total if params.parts > 1 else 0)


def working_bytes(words: int, params: SgnsParams, cores: int = 1, most: int = LONGEST) -> int:
    """Return an upper bound of what training needs besides its tables, in bytes.

    It does not depend on the length of the corpus, which is mapped into memory, not read.

    Args:
        words: V.
        params: of the models.
        cores: models that are trained at the same time.
        most: how far any two words of a row are apart.
    """
    layout = Layout.of(min(params.R, most), params.K)
    gradients = gradient_bytes(words, params, layout)
    batch = layout.keys * 8 * (params.dim + 2) + layout.uses(params.batch) * 40 + 64 * CHUNK
    checkpoint = 2 * table_bytes(words, params.dim)  # a copy, and its bytes as written
    at_once = min(cores, params.models) * (batch + checkpoint)
    return PROGRAM + params.models * gradients + at_once + words * 64


def available_bytes(device: str) -> int:
    """Return how much memory may still be taken, by the machine's and its container's limits."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    free = [psutil.virtual_memory().available]
    group = Path("/sys/fs/cgroup")
    with suppress(OSError, ValueError):  # no such control group, or one without a limit
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        free.append(limit - used + int(statistics.get("inactive_file", 0)))
    return int(min(free))


def require_memory(words: int, params: SgnsParams, device: str, most: int = LONGEST) -> str:
    """Return, in words, the memory that training all models needs.

    Raises:
        StageError: the machine has less.
    """
    tables = params.models * table_bytes(words, params.dim)  # all models are kept to the end
    working = working_bytes(words, params, usable_cores(), most)
    need, free = tables + working, available_bytes(device)
    text = (
        f"needs up to {need / GIB:.2f} GiB of memory: {tables / GIB:.2f} for {params.models} x "
        f"{words:,} words x {params.dim} dimensions, {working / GIB:.2f} to work in"
    )
    if need > free:
        raise StageError(
            f"{text}; but only {free / GIB:.2f} GiB are free. Lower sgns.dim or sgns.batch, raise "
            "tokenize.min_count, or free some memory."
        )
    return text
