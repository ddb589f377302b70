"""Arrays on disk, without pickle: one in NumPy's format, several in that of safetensors."""

import io
import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stages.files.atomic import damaged, require_whole, write_bytes

IntArray = npt.NDArray[np.int32]
LongArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

# What ``write_array`` writes before an array, and nothing else: types that NumPy would make of
# another header may be pickles, have no width or be larger than memory.
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([^']+)', 'fortran_order': False, "
    rb"'shape': \((\d{1,18}),(?: (\d{1,18}))?\), \} *\n",
    re.DOTALL,
)
_LONGEST_HEADER = 192


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write one array in NumPy's format, without pickle."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    write_bytes(path, buffer.getvalue())


def read_array(path: Path, made_by: str, kind: type[np.generic], axes: int = 1) -> npt.NDArray[Any]:
    """Map one array of this type and so many axes, 1 or 2, into memory, read-only.

    Raises:
        StageError: it is missing or damaged, or another array.
    """
    dtype = np.dtype(kind)
    with require_whole(path, made_by).open("rb") as file:
        header = _HEADER.match(file.read(_LONGEST_HEADER))
        size = os.fstat(file.fileno()).st_size
    if header is None or header[1].decode("latin-1") != dtype.str:
        raise damaged(path, made_by)
    shape = tuple(int(part) for part in header.groups()[1:] if part is not None)
    begins = header.end()
    fits = int.from_bytes(header[0][8:10], "little") == begins - 10
    fits &= size == begins + dtype.itemsize * math.prod(shape)
    if not fits or len(shape) != axes:
        raise damaged(path, made_by)
    if 0 in shape:  # nothing to map
        return np.zeros(shape, dtype)
    return np.memmap(path, dtype, "r", begins, shape)


def write_tensors(path: Path, about: object, tensors: Mapping[str, FloatArray]) -> None:
    """Write arrays into one file of the format safetensors, and, as JSON, what is said of them."""
    from safetensors.numpy import save  # slow to import, and not wanted by all who want the above

    # One key, because safetensors writes several in an order that changes from run to run.
    metadata = {"about": json.dumps(about, sort_keys=True, ensure_ascii=False)}
    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    # Not to the file: the library's errors for a full disk are none of the system's.
    write_bytes(path, save(arrays, metadata=metadata))


def read_tensors(path: Path, made_by: str | None) -> tuple[dict[str, Any], dict[str, FloatArray]]:
    """Read what ``write_tensors`` wrote of an object, and arrays of float32.

    Raises:
        StageError: it is missing or damaged, or holds something else.
    """
    from safetensors import safe_open

    require_whole(path, made_by)
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads(file.metadata()["about"])
            names = list(file.keys())
            if any(file.get_slice(name).get_dtype() != "F32" for name in names):
                raise damaged(path, made_by)
            tensors = {name: file.get_tensor(name) for name in names}
    except Exception:  # the library has errors of many kinds for a file that is not of its own
        raise damaged(path, made_by) from None
    if not isinstance(about, dict):
        raise damaged(path, made_by)
    return about, tensors
