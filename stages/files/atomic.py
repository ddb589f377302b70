"""Writing and reading files: whole or not at all, and refused in a sentence when damaged.

Writing is atomic: a file or folder is built under a temporary name beside its target and
renamed when complete, so a kill or a full disk leaves the old version or none.
"""

import csv
import fcntl
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stages.console import StageError


@contextmanager
def output_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; on success it takes the place of ``target`` whole.

    Whoever else writes the same target, in whatever process, waits until this one has ended.
    """
    partial = target.with_name(f".{target.name}.partial")
    replaced = target.with_name(f".{target.name}.replaced.partial")
    with _held(partial, folder=True):
        for left_by_a_kill in (*partial.iterdir(), replaced):
            _remove(left_by_a_kill)
        try:
            yield partial
            if target.exists():
                target.rename(replaced)  # a kill while deleting in place would leave half of it
            partial.rename(target)
        except BaseException:
            _remove(partial)
            raise
        finally:
            _remove(replaced)


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` so that ``path`` is at every moment absent, old or complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with _held(partial, folder=False):
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


@contextmanager
def _held(partial: Path, folder: bool) -> Iterator[None]:
    """Make a file or folder that no other process has, if need be after waiting for one.

    The lock ends with the process, however that ends, so a kill leaves none behind.
    """
    handle = _open(partial, folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        while not _is_at(handle, partial):  # who had it renamed or removed it meanwhile
            os.close(handle)
            handle = _open(partial, folder)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _open(partial: Path, folder: bool) -> int:
    while True:
        try:
            if not folder:
                return os.open(partial, os.O_WRONLY | os.O_CREAT, 0o666)
            partial.mkdir(parents=True, exist_ok=True)
            return os.open(partial, os.O_RDONLY)
        except FileNotFoundError:
            if not folder or not partial.parent.is_dir():
                raise  # else it was renamed between the two


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write indented JSON atomically."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table with one header line atomically; floats in their shortest exact form."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def require(path: Path, made_by: str) -> Path:
    """Return ``path``, or raise a StageError that names the stage which makes it."""
    if not path.exists():
        raise StageError(f"{path} is missing; make it with: dvc repro {made_by}")
    return path


def read_lines(path: Path, made_by: str) -> list[str]:
    """Return the lines of a text file of ours, each of which ends in a newline."""
    try:
        # As bytes: reading as text would make line ends of carriage returns.
        *lines, rest = require(path, made_by).read_bytes().decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise damaged(path, made_by) from None
    if rest:
        raise damaged(path, made_by)
    return lines


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """Read a JSON object; raises StageError if it is missing or damaged."""
    try:
        content = json.loads(require(path, made_by).read_text(encoding="utf-8"))
    except ValueError:
        raise damaged(path, made_by) from None
    if not isinstance(content, dict):
        raise damaged(path, made_by)
    return content


def damaged(path: Path, made_by: str) -> StageError:
    """Return the error for a file of ours that does not hold what we wrote."""
    return StageError(f"{path} is damaged; make it again with: dvc repro {made_by}")


def sha256(content: bytes | memoryview) -> str:
    """Return the hexadecimal SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()
