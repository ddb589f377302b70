"""Writing and reading files: whole or not at all, and refused in a sentence when damaged.

Writing is atomic: a file or folder is built under a temporary name beside its target and
renamed when complete, so a kill or a full disk leaves the old version or none. What is read is
compared with the folder's seal (``sealed.py``), and then trusted. Only files of the user's own,
which no stage makes (``made.py``), may come without one.
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
from typing import Any, BinaryIO

from stages.core.console import StageError
from stages.core.made import damaged, missing, stage_of
from stages.core.sealed import SEAL, file_sha256, find_seal, read_seal, seal_of_folder

BUFFER = 2**20  # bytes: pieces may be single rows
OWN_SHA256 = "sha256"  # the key of a JSON file that holds its own seal


@contextmanager
def output_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; on success it is sealed and takes ``target``'s place whole.

    Whoever else writes the same target, in whatever process, waits until this one has ended.
    """
    if target.is_file():
        raise StageError(f"{target} is a file, not a folder to write; move it or name another.")
    partial = target.with_name(f".{target.name}.partial")
    replaced = target.with_name(f".{target.name}.replaced.partial")
    with _held(partial, folder=True):
        for left_by_a_kill in (*partial.iterdir(), replaced):
            _remove(left_by_a_kill)
        try:
            yield partial
            seal(partial)
            if target.exists():
                target.rename(replaced)  # a kill while deleting in place would leave half of it
            partial.rename(target)
        except BaseException:
            _remove(partial)
            raise
        finally:
            _remove(replaced)


@contextmanager
def scratch_folder(folder: Path) -> Iterator[None]:
    """Keep a folder for what a stage can go on with after a failure; on success it is removed.

    Whoever else uses it, in whatever process, waits until this one has ended.
    """
    with _held(folder, folder=True):
        yield
        _remove(folder)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write; ``path`` is at every moment absent, old or complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with _held(partial, folder=False):
        try:
            with partial.open("wb", BUFFER) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException as error:
            partial.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.filename is None:
                error.filename = str(path)  # the system does not say where there is no space
            raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` whole or not at all."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def _held(partial: Path, folder: bool) -> Iterator[None]:
    """Create the path and lock it, waiting for any other writer.

    The lock ends with the process, however that ends, so a kill leaves none behind.
    """
    handle = _open(partial, folder)
    try:
        _lock(handle, partial)
        while not _is_at(handle, partial):  # the previous holder renamed or removed it
            os.close(handle)
            handle = _open(partial, folder)
            _lock(handle, partial)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:  # not that another has it: for that one it would wait
        raise StageError(
            f"{path.parent.absolute()} is on a file system without locks ({error.strerror}), as "
            "a network's may be; run on a local disk, or have it mounted with locks."
        ) from None


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


def write_sealed_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file that lies in no folder of its own, with its own seal in it."""
    write_json(path, {**content, OWN_SHA256: _json_sha256(content)})


def seal(folder: Path) -> None:
    """Write the seal of a folder that is complete."""
    write_text(folder / SEAL, seal_of_folder(folder))


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table with one header line atomically; floats in their shortest exact form."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def require(path: Path) -> Path:
    """Return ``path``, or raise a StageError that names the stage which makes it."""
    if not path.is_file():
        raise missing(path)
    return path


def require_whole(path: Path) -> Path:
    """Return the path of a file that is as it was written; raises StageError otherwise."""
    own = stage_of(path) is None
    seal = find_seal(require(path))
    if seal is None and not own:
        raise missing(path.parent / SEAL)
    if seal is None:
        return path
    known, name = read_seal(seal), path.relative_to(seal.parent).as_posix()
    if name not in known:
        if own and seal.parent != path.parent:  # a seal of something else
            return path
        raise damaged(seal)
    if file_sha256(path) != known[name]:
        raise damaged(path)
    return path


@contextmanager
def reading(path: Path, *, sealed: bool = True) -> Iterator[None]:
    """Compare a file with its seal; what its reader then raises says that it is damaged."""
    require_whole(path) if sealed else require(path)
    try:
        yield
    except (StageError, OSError, MemoryError):
        raise
    except Exception:  # libraries have errors of many kinds
        raise damaged(path) from None


def sealed_names(folder: Path) -> set[str]:
    """Return the files that a folder's stage left in it; none for a user's own without a seal."""
    seal = folder / SEAL
    if stage_of(folder) is None and not seal.is_file():
        return set()
    names = set(read_seal(require(seal)))
    there = {
        path.relative_to(folder).as_posix() for path in folder.rglob("[!.]*") if path.is_file()
    }
    if not names or (stage_of(folder) and there - {SEAL} - names):  # it was cut
        raise damaged(seal)
    return names


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 text file, each of which ends in a newline and nothing else."""
    with reading(path):
        *lines, rest = path.read_bytes().decode("utf-8").split("\n")
    if rest:
        raise damaged(path)
    return lines


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises StageError if it is missing or damaged."""
    with reading(path):
        return dict(json.loads(path.read_bytes()))


def read_sealed_json(path: Path) -> dict[str, Any]:
    """Read what ``write_sealed_json`` wrote, without its seal."""
    with reading(path, sealed=False):
        content: dict[str, Any] = json.loads(path.read_bytes())
        if content.pop(OWN_SHA256) != _json_sha256(content):
            raise damaged(path)
    return content


def _json_sha256(content: Mapping[str, Any]) -> str:
    return sha256(json.dumps(content, ensure_ascii=False).encode("utf-8"))


def sha256(content: bytes | memoryview) -> str:
    """Return the hexadecimal SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()
