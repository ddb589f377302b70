"""A local folder as a source: ``<root>/<pretrain name>/*.txt``, ``<root>/<downstream name>/*.csv``.

This is also how users bring their own corpus. Pre-training text is one row a line; labelled
rows are CSV with the columns ``label,text`` and, optionally, ``group``: rows of one group (the
paragraphs of one article, say) never fall on both sides of the validation split.

Files may be larger than memory: they are read row by row, each time that rows are asked for, and
what is wrong with one is told when its row comes.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stages.core.console import StageError, progress
from stages.download.tables import (
    LabelledText,
    PretrainText,
    canonical_label,
    canonical_text,
    one_line,
)
from stages.texts.raw import LabelledRow

LARGE = 2**26  # bytes of a file that takes long enough for progress to be of interest
REPORTED = 2**20  # bytes between two reports of it
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def load_pretrain(folder: Path) -> PretrainText:
    """Return the rows of ``train.txt``, ``valid.txt`` and, if there, ``test.txt``.

    Reading them raises a StageError where a file is missing, empty or not UTF-8; its text names
    file and row.
    """
    splits = {
        "train": TextFile(folder / "train.txt"),
        "validation": TextFile(folder / "valid.txt"),
    }
    if (folder / "test.txt").exists():
        splits["test"] = TextFile(folder / "test.txt")
    return PretrainText(splits)


def load_downstream(folder: Path, classes: list[str] | None) -> LabelledText:
    """Return the rows of ``train.csv`` and ``test.csv``.

    Reading them raises a StageError where a file is missing, empty or not UTF-8, lacks a column,
    or has a row without text or with an unknown label; its text names file and row.

    Args:
        folder: where the two files are.
        classes: names of the labels 0, 1, ...; None takes the distinct labels of ``train.csv``.

    Raises:
        StageError: the same of ``train.csv``, if its labels are to be the classes; or all its
            rows have one.
    """
    paths = {split: folder / f"{split}.csv" for split in ("train", "test")}
    if classes is None:
        for path in paths.values():
            _require(path)
        classes = sorted({label for _, label, _, _ in _records(paths["train"])}, key=_natural_order)
        if len(classes) < 2:
            raise StageError(
                f"{paths['train']}: every row has the label {classes[0]!r}; a classifier "
                "needs rows of at least two classes."
            )
        ids = {name: i for i, name in enumerate(classes)}
    else:
        ids = {str(i): i for i in range(len(classes))}
    return LabelledText(classes, {split: LabelledFile(path, ids) for split, path in paths.items()})


@dataclass(frozen=True)
class TextFile:
    """The canonical rows of a text file, read anew each time they are asked for."""

    path: Path

    def __iter__(self) -> Iterator[str]:
        for line in _lines(self.path):
            yield one_line(line)


@dataclass(frozen=True)
class LabelledFile:
    """The canonical rows of a table, read anew each time they are asked for.

    ids: the number of each label.
    """

    path: Path
    ids: dict[str, int]

    def __iter__(self) -> Iterator[LabelledRow]:
        groups: dict[str, int] = {}  # those that have a name; a row without is one of its own
        alone = 0
        for line, label, text, group in _records(self.path):
            if label not in self.ids:
                raise StageError(
                    f"{self.path}, line {line}: unknown label {label!r}; known are "
                    f"{', '.join(self.ids)}."
                )
            number = groups.setdefault(group, len(groups) + alone) if group else len(groups) + alone
            alone += not group
            yield LabelledRow(self.ids[label], text, number)


def _natural_order(label: str) -> tuple[int, str]:
    number = label.isdecimal() and len(label) <= 18  # Python refuses thousands of digits
    return (int(label) if number else 10**18, label)


def _require(path: Path) -> None:
    if not path.is_file():
        raise StageError(
            f"{path} is missing; W2V_DATA_DIR must point at a folder laid out as the README "
            "says under 'Your own corpus'."
        )


def _lines(path: Path) -> Iterator[str]:
    r"""Yield the lines of a file with their ends; only ``\n`` ends one.

    Raises:
        StageError: it is missing, empty or not UTF-8; the text names file and row.
    """
    _require(path)
    blank = True
    with path.open("rb") as file:
        for row, line in enumerate(_reported(file, path), 1):
            blank = blank and not line.strip()
            # Not the text's splitlines: that also breaks at U+2028 and others inside a row.
            text = _decoded(line.removeprefix(BYTE_ORDER_MARK) if row == 1 else line, path, row)
            if text:
                yield text
    if blank:
        raise StageError(f"{path} is empty; give it at least one row.")


def _reported(file: io.BufferedReader, path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, and show how far one is if it is large."""
    size = path.stat().st_size
    if size < LARGE:
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
    for line in _lines(path):
        if "\r" in line:
            yield from io.StringIO(line, newline="")
        else:
            yield line


def _records(path: Path) -> Iterator[tuple[int, str, str, str | None]]:
    """Yield the number of the line that each row ends on, its label, text and group."""
    lines = _table_lines(path)
    table = csv.DictReader(lines, strict=True)
    try:
        columns = list(table.fieldnames or [])
    except csv.Error as error:
        raise _not_csv(path, 1, error) from None
    if not any(column.strip() for column in columns):
        deque(lines, maxlen=0)  # all of it may be blank, which is told at its end
    _require_columns(path, columns)
    begins = first = table.line_num + 1  # a quote that is not closed is found at the file's end
    try:
        for row in table:
            if None in row:
                raise StageError(
                    f"{path}, line {table.line_num}: more fields than columns; put a text that "
                    "has commas in double quotes."
                )
            label, text = row["label"], row["text"]
            if not label or not label.strip() or text is None or not text.strip():
                raise StageError(f"{path}, line {table.line_num}: label or text is empty.")
            yield table.line_num, canonical_label(label), canonical_text(text), row.get("group")
            begins = table.line_num + 1
    except csv.Error as error:
        raise _not_csv(path, begins, error) from None
    if begins == first:
        raise StageError(f"{path} has no rows below its first line.")


def _require_columns(path: Path, columns: list[str]) -> None:
    for column in ("label", "text"):
        if column not in columns:
            raise StageError(
                f"{path}: has no column {column!r} (its first line gives {', '.join(columns)}); "
                "the first line must be 'label,text'."
            )
        if columns.count(column) > 1:
            raise StageError(
                f"{path}: has the column {column!r} {columns.count(column)} times; keep one."
            )


def _not_csv(path: Path, line: int, error: csv.Error) -> StageError:
    """Return the error for a row that begins on ``line``."""
    return StageError(
        f"{path}, line {line}: the row that begins here is not valid CSV ({error}); close its "
        "double quotes, and write those inside a text twice."
    )
