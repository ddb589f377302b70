"""Writing and reading files: whole or not at all, and refused in a sentence when damaged.

Writing is atomic: a file or folder is built under a temporary name beside its target and
renamed when complete, so a kill or a full disk leaves the old version or none. What is read is
compared with the folder's seal (``sealed.py``). Only files of the user's own, which no stage
makes, may come without one; of these ``made_by`` is None.
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
from stages.files.sealed import SEAL, file_sha256, find_seal, read_seal, seal_of_folder

OWN_SHA256 = "sha256"  # the key of a JSON file that holds its own seal


@contextmanager
def output_folder(target: Path, *, sealed: bool = True) -> Iterator[Path]:
    """Yield an empty folder to fill; on success it takes the place of ``target`` whole.

    It is sealed, unless no other stage is to read it. Whoever else writes the same target, in
    whatever process, waits until this one has ended.
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
            if sealed:
                seal(partial)
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
    try:
        _write_whole(path, content)
    except OSError as error:
        if error.filename is None:  # the system does not say where there is no space
            error.filename = str(path)
        raise


def _write_whole(path: Path, content: bytes) -> None:
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


def require(path: Path, made_by: str | None) -> Path:
    """Return ``path``, or raise a StageError that names the stage which makes it."""
    if not path.is_file():
        raise StageError(f"{path} is missing; {_remedy(made_by, 'make it')}")
    return path


def require_whole(path: Path, made_by: str | None) -> Path:
    """Return the path of a file that is as it was written; raises StageError otherwise."""
    expected = _sealed_sha256(require(path, made_by), made_by)
    if expected is not None and file_sha256(path) != expected:
        raise damaged(path, made_by)
    return path


def read_whole(path: Path, made_by: str | None) -> bytes:
    """Return the content of a file that is as it was written; raises StageError otherwise."""
    expected = _sealed_sha256(require(path, made_by), made_by)
    content = path.read_bytes()
    if expected is not None and sha256(content) != expected:
        raise damaged(path, made_by)
    return content


def _sealed_sha256(path: Path, made_by: str | None) -> str | None:
    """Return what a file's SHA-256 must be; None where a file of the user's own has no seal."""
    found = find_seal(path)
    if found is None:
        if made_by is None:
            return None
        raise StageError(f"{path.parent / SEAL} is missing; {_remedy(made_by, 'make it')}")
    known = read_seal(found)
    name = path.relative_to(found.parent).as_posix()
    if name in known:
        return known[name]
    if made_by is None and found.parent != path.parent:  # a seal of something else
        return None
    raise damaged(found, made_by)


def sealed_names(folder: Path, made_by: str | None) -> set[str]:
    """Return the files that a folder's stage left in it; none for a user's own without a seal."""
    if made_by is None and not (folder / SEAL).is_file():
        return set()
    names = set(read_seal(require(folder / SEAL, made_by)))
    if not names:
        raise damaged(folder / SEAL, made_by)
    return names


def read_text(path: Path, made_by: str | None) -> str:
    """Return the content of a UTF-8 text file of ours, its line ends as they are."""
    try:
        return read_whole(path, made_by).decode("utf-8")
    except UnicodeDecodeError:
        raise damaged(path, made_by) from None


def read_lines(path: Path, made_by: str | None) -> list[str]:
    """Return the lines of a text file of ours, each of which ends in a newline."""
    *lines, rest = read_text(path, made_by).split("\n")
    if rest:
        raise damaged(path, made_by)
    return lines


def read_json(path: Path, made_by: str | None) -> dict[str, Any]:
    """Read a JSON object; raises StageError if it is missing or damaged."""
    return _parse_json(path, read_text(path, made_by), made_by)


def read_sealed_json(path: Path, made_by: str) -> dict[str, Any]:
    """Read what ``write_sealed_json`` wrote, without its seal."""
    try:
        text = require(path, made_by).read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise damaged(path, made_by) from None
    content = _parse_json(path, text, made_by)
    if content.pop(OWN_SHA256, None) != _json_sha256(content):
        raise damaged(path, made_by)
    return content


def _parse_json(path: Path, text: str, made_by: str | None) -> dict[str, Any]:
    try:
        content = json.loads(text)
        json.dumps(content, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair
    except (ValueError, RecursionError):
        raise damaged(path, made_by) from None
    if not isinstance(content, dict):
        raise damaged(path, made_by)
    return content


def _json_sha256(content: Mapping[str, Any]) -> str:
    return sha256(json.dumps(content, ensure_ascii=False).encode("utf-8"))


def damaged(path: Path, made_by: str | None) -> StageError:
    """Return the error for a file of ours that does not hold what we wrote."""
    return StageError(f"{path} is damaged; {_remedy(made_by, 'make it again')}")


def _remedy(made_by: str | None, make: str) -> str:
    if made_by is None:
        return 'no stage makes it, so bring a whole one (see "Vectors of your own" in README.md)'
    return f"{make} with: dvc repro {made_by}"


def sha256(content: bytes | memoryview) -> str:
    """Return the hexadecimal SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()
