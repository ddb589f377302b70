"""NumPy's arrays on disk, without pickle."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stages.files.atomic import damaged, require, write_bytes

IntArray = npt.NDArray[np.int32]
LongArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write one array in NumPy's format, without pickle."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_bytes(path, buffer.getvalue())


def read_array(path: Path, made_by: str) -> npt.NDArray[Any]:
    """Map one array into memory, read-only; raises StageError if missing or damaged."""
    try:
        array: npt.NDArray[Any] = np.load(require(path, made_by), mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError):
        raise damaged(path, made_by) from None
    return array
