"""A local folder as a source: ``<root>/<name>/`` with a file, or several, for each split.

This is also how users bring their own corpus. A file is named for its split (``train.csv``,
``valid.txt``, ``test-00000-of-00002.parquet``) and for its format; where no file is named for the
train split, every file is part of it. Files may be larger than memory: they are read row by row,
each time that rows are asked for, and what is wrong with one is told when its row comes.

Not through ``datasets``: its readers take a quote that is not closed for a text of several rows,
move the columns of a row that has a comma too many, and read the text ``null`` as none.
"""

import csv
import gzip
import io
import json
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from stages.core.console import StageError, progress

LARGE = 2**26  # bytes of a file that takes long enough for progress to be of interest
REPORTED = 2**20  # bytes between two reports of it
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
END_OF_DOS = "\x1a"  # Ctrl-Z: old programs end a file with it
PACKED = ".gz"
ALSO_CALLED = {"validation": ("valid", "val", "dev")}

# csv's own limit of 131,072 characters a field is less than a long article.
csv.field_size_limit(2**31 - 1)

Record = Mapping[str, Any]


@dataclass(frozen=True)
class FileRecords:
    """The records of a file, read anew each time they are asked for."""

    path: Path

    def __iter__(self) -> Iterator[tuple[int, Record]]:
        return FORMATS[format_of(self.path)](self.path)

    def where(self, number: int) -> str:
        """Return words for the place of a record."""
        return f"{self._unit} {number}"

    @cached_property
    def _unit(self) -> str:
        unit = "row" if format_of(self.path) in {".txt", ".parquet"} else "line"
        return f"{self.path}, {unit}"


def splits_of(folder: Path, names: Mapping[str, str | None]) -> dict[str, list[FileRecords]]:
    """Return the files of each split, in the order of their names; none where there are none.

    Args:
        folder: where the files are.
        names: what each split is called; None where it is not to be looked for.

    Raises:
        StageError: the folder is missing, or a split's files are of several formats.
    """
    named = {split: (name, *ALSO_CALLED.get(name, ())) for split, name in names.items() if name}
    paths = _files(folder)
    found = {split: [p for p in paths if _split_name(p) in named.get(split, ())] for split in names}
    if not found["train"]:
        found["train"] = [path for path in paths if path not in chain(*found.values())]
    if not found["train"]:
        raise StageError(f"{folder} has no file for the split {names['train']!r}.")
    return {split: _of_one_format(folder, files) for split, files in found.items()}


def format_of(path: Path) -> str:
    """Return a file's format by the end of its name, ``.csv`` of ``train.csv.gz``."""
    return Path(path.name.removesuffix(PACKED)).suffix.lower()


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise StageError(
            f"{folder} is not a folder; W2V_DATA_DIR must point at a folder laid out as the README "
            "says under 'Your own corpus'."
        )
    found = sorted(path for path in folder.iterdir() if format_of(path) in FORMATS)
    if not found:
        raise StageError(
            f"{folder} has no file that ends in {', '.join(FORMATS)} (or these and {PACKED})."
        )
    return [path for path in found if path.is_file() and not path.name.startswith(".")]


def _split_name(path: Path) -> str:
    """Return the name of a file up to its format, and up to the number of a part."""
    name = Path(path.name.removesuffix(PACKED)).stem
    head, dash, rest = name.partition("-")
    return head if dash and rest[:1].isdecimal() else name


def _of_one_format(folder: Path, paths: list[Path]) -> list[FileRecords]:
    if len({format_of(path) for path in paths}) > 1:
        names = ", ".join(path.name for path in paths)
        raise StageError(f"{folder} has one split in several formats ({names}); keep one of them.")
    return [FileRecords(path) for path in paths]


# --- formats --------------------------------------------------------------------------------


def _text(path: Path) -> Iterator[tuple[int, Record]]:
    for number, line in _lines(path):
        yield number, {"text": line}


def _json(path: Path) -> Iterator[tuple[int, Record]]:
    for number, line in _lines(path):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise StageError(f"{path}, line {number}: not JSON ({error}).") from None
        if not isinstance(record, dict):
            raise StageError(f"{path}, line {number}: not a JSON object, {{...}}.")
        yield number, record


def _parquet(path: Path) -> Iterator[tuple[int, Record]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    _require(path)
    number = 0
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(1000):
                for record in batch.to_pylist():
                    number += 1
                    yield number, record
    except (pa.ArrowException, OSError, ValueError) as error:  # the last: text that is not UTF-8
        raise StageError(f"{path} is not whole Parquet ({_one_line(error)}).") from None


def _table(delimiter: str, path: Path) -> Iterator[tuple[int, Record]]:
    """Yield the number of the line that each row ends on, and the row."""
    lines = _table_lines(path)
    first = next(lines, "")
    if delimiter == "," and ";" in first and "," not in first:
        delimiter = ";"  # as spreadsheets write where numbers have a comma in them
    table = csv.DictReader(
        chain([first], lines), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t"
    )
    try:
        columns = table.fieldnames = [name.strip() for name in table.fieldnames or []]
    except csv.Error as error:
        raise _not_csv(path, 1, error) from None
    if not any(columns):
        deque(lines, maxlen=0)  # all of it may be blank, which is told at its end
    for column in filter(None, columns):  # commas at the end of each line make some without a name
        if columns.count(column) > 1:
            raise StageError(
                f"{path}: has the column {column!r} {columns.count(column)} times; keep one."
            )
    begins = table.line_num + 1  # a quote that is not closed is found at the file's end
    empty = True
    try:
        for row in table:
            if any(row.pop(None, ())):
                raise StageError(
                    f"{path}, line {table.line_num}: more fields than columns; put a text with "
                    f"{delimiter!r} in it between double quotes."
                )
            # Spreadsheets end a table with rows of commas.
            if len(row) == 1 or any(value and value.strip() for value in row.values()):
                empty = False
                yield table.line_num, row
            begins = table.line_num + 1
    except csv.Error as error:
        raise _not_csv(path, begins, error) from None
    if empty:
        raise StageError(f"{path} has no rows below its first line.")


FORMATS: dict[str, Callable[[Path], Iterator[tuple[int, Record]]]] = {
    ".txt": _text,
    ".csv": partial(_table, ","),
    ".tsv": partial(_table, "\t"),
    ".jsonl": _json,
    ".parquet": _parquet,
}


# --- lines ----------------------------------------------------------------------------------


def _require(path: Path) -> None:
    """Raise a StageError if a file is plainly something else than data."""
    with path.open("rb") as file:
        head = file.read(200).lstrip().lower()
    if head.startswith(b"version https://git-lfs"):
        raise StageError(f"{path} is not the data but Git LFS's pointer to them; run: git lfs pull")
    if head.startswith((b"<!doctype html", b"<html")):
        raise StageError(
            f"{path} is a web page, perhaps that of an error, not data; download it again."
        )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    r"""Yield the lines of a file with their ends, numbered; only ``\n`` ends one.

    Raises:
        StageError: it is missing, empty or not UTF-8; the text names file and row.
    """
    _require(path)
    blank = True
    with _opened(path) as file:
        for row, line in enumerate(_reported(file, path), 1):
            blank = blank and not line.strip()
            # Not the text's splitlines: that also breaks at U+2028 and others inside a row.
            text = _decoded(line.removeprefix(BYTE_ORDER_MARK) if row == 1 else line, path, row)
            if text and text.rstrip() != END_OF_DOS:
                yield row, text
    if blank:
        raise StageError(f"{path} is empty; give it at least one row.")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if not path.name.endswith(PACKED):
            yield file
            return
        try:
            with gzip.open(file) as unpacked:
                yield unpacked  # type: ignore[misc]  # it reads as a file does
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise StageError(f"{path} is not whole gzip ({_one_line(error)}).") from None


def _reported(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, and show how far one is if it is large."""
    size = path.stat().st_size
    if size < LARGE or path.name.endswith(PACKED):
        yield from file
        return
    with progress(range(0), f"read {path.name}", "B", total=size) as bar:
        unreported = 0
        for line in file:
            unreported += len(line)
            if unreported >= REPORTED:
                bar.update(unreported)
                unreported = 0
            yield line
        bar.update(unreported)


def _decoded(line: bytes, path: Path, row: int) -> str:
    if b"\0" in line:  # in UTF-8 it would be a letter between all others
        raise StageError(
            f"{path}, row {row}: a zero byte, as of UTF-16 or of a binary file, not of text; save "
            "the file as UTF-8."
        )
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StageError(
            f"{path}, row {row}: not UTF-8 text (byte 0x{line[error.start]:02x}); "
            "save the file as UTF-8."
        ) from None


def _table_lines(path: Path) -> Iterator[str]:
    r"""Yield the lines of a table: in one, ``\r`` alone ends a line too."""
    for _, line in _lines(path):
        if "\r" in line:
            yield from io.StringIO(line, newline="")
        else:
            yield line


def _not_csv(path: Path, line: int, error: csv.Error) -> StageError:
    """Return the error for a row that begins on ``line``."""
    return StageError(
        f"{path}, line {line}: the row that begins here is not valid CSV ({error}); close its "
        "double quotes, and write those inside a text twice."
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
