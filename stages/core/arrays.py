"""Arrays on disk, without pickle: one in NumPy's format, several in that of safetensors."""

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stages.core.atomic import reading, whole_file, write_bytes

IntArray = npt.NDArray[np.int32]
LongArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write one array in NumPy's format, without pickle."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    write_bytes(path, buffer.getvalue())


def write_array_in_pieces(
    path: Path, pieces: Iterable[npt.NDArray[Any]], length: int, kind: type[np.generic]
) -> None:
    """Write an array of one axis that is larger than memory, and whose length is known."""
    header = {"shape": (length,), "fortran_order": False, "descr": np.dtype(kind).str}
    with whole_file(path) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for piece in pieces:
            file.write(np.ascontiguousarray(piece, kind).data)


def read_array(path: Path) -> npt.NDArray[Any]:
    """Map an array into memory, read-only; raises StageError if it is missing or damaged."""
    with reading(path):
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def write_tensors(path: Path, about: object, tensors: Mapping[str, FloatArray]) -> None:
    """Write arrays into one file of the format safetensors, and, as JSON, what is said of them."""
    from safetensors.numpy import save  # slow to import, and not wanted by all who want the above

    # One key, because safetensors writes several in an order that changes from run to run.
    metadata = {"about": json.dumps(about, sort_keys=True, ensure_ascii=False)}
    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    # Not straight to the file: for a full disk the library raises errors of its own.
    write_bytes(path, save(arrays, metadata=metadata))


def read_tensors(path: Path) -> tuple[dict[str, Any], dict[str, FloatArray]]:
    """Read what ``write_tensors`` wrote; raises StageError if it is missing or damaged.

    Of a file that says nothing of its arrays, the first result is empty.
    """
    from safetensors import safe_open

    with reading(path), safe_open(path, framework="numpy") as file:
        about = dict(json.loads((file.metadata() or {}).get("about", "{}")))
        kinds = {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
        if any(kind.startswith(("BF", "F8")) for kind in kinds.values()):  # NumPy has none
            from safetensors.torch import load_file

            return about, {name: tensor.float().numpy() for name, tensor in load_file(path).items()}
        return about, {name: file.get_tensor(name) for name in kinds}
