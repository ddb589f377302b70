"""Writing a file that is larger than memory: piece by piece, and yet whole or not at all."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

BUFFER = 2**20  # bytes: pieces may be single rows


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write; it takes the place of ``path`` on success, and is gone otherwise.

    For files in a folder that nobody else writes, as ``output_folder`` gives.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb", BUFFER) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        if error.filename is None:  # the system does not say where there is no space
            error.filename = str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write all pieces, one after the other."""
    with whole_file(path) as file:
        file.writelines(pieces)
