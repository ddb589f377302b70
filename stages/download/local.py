"""A local folder as a source: ``<root>/<pretrain name>/*.txt``, ``<root>/<downstream name>/*.csv``.

This is also how users bring their own corpus. Pre-training text is one row a line; labelled
rows are CSV with the columns ``label,text`` and, optionally, ``group``: rows of one group (the
paragraphs of one article, say) never fall on both sides of the validation split.
"""

import csv
import io
from pathlib import Path

from stages.console import StageError
from stages.download.tables import (
    LabelledText,
    PretrainText,
    canonical_label,
    canonical_text,
    one_line,
)
from stages.files.raw import LabelledRow


def load_pretrain(folder: Path) -> PretrainText:
    """Read ``train.txt``, ``valid.txt`` and, if there, ``test.txt``.

    Raises:
        StageError: a file is missing, empty or not UTF-8; the text names file and row.
    """
    splits = {
        "train": _read_rows(folder / "train.txt"),
        "validation": _read_rows(folder / "valid.txt"),
    }
    if (folder / "test.txt").exists():
        splits["test"] = _read_rows(folder / "test.txt")
    return PretrainText(splits)


def load_downstream(folder: Path, classes: list[str] | None) -> LabelledText:
    """Read ``train.csv`` and ``test.csv``.

    Args:
        folder: where the two files are.
        classes: names of the labels 0, 1, ...; None takes the distinct labels of ``train.csv``.

    Raises:
        StageError: a file is missing, empty or not UTF-8, lacks a column, or has a row without
            text or with an unknown label; the text names file and row. Or all rows of
            ``train.csv`` have one label.
    """
    tables = {split: _read_table(folder / f"{split}.csv") for split in ("train", "test")}
    if classes is None:
        classes = sorted({label for label, _, _ in tables["train"].values()}, key=_natural_order)
        if len(classes) < 2:
            raise StageError(
                f"{folder / 'train.csv'}: every row has the label {classes[0]!r}; a classifier "
                "needs rows of at least two classes."
            )
        ids = {name: i for i, name in enumerate(classes)}
    else:
        ids = {str(i): i for i in range(len(classes))}
    splits = {s: _number(folder / f"{s}.csv", table, ids) for s, table in tables.items()}
    return LabelledText(classes, splits)


def _natural_order(label: str) -> tuple[int, str]:
    number = label.isdecimal() and len(label) <= 18  # Python refuses thousands of digits
    return (int(label) if number else 10**18, label)


def _decode(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StageError(
            f"{path} is missing; W2V_DATA_DIR must point at a folder laid out as the README "
            "says under 'Your own corpus'."
        ) from None
    if not content.strip():
        raise StageError(f"{path} is empty; give it at least one row.")
    if b"\0" in content:  # in UTF-8 it would be a letter between all others
        row = content[: content.index(b"\0")].count(b"\n") + 1
        raise StageError(
            f"{path}, row {row}: a zero byte, as of UTF-16 or of a binary file, not of text; save "
            "the file as UTF-8."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # error.object, because positions do not count a byte order mark.
        row = error.object[: error.start].count(b"\n") + 1
        raise StageError(
            f"{path}, row {row}: not UTF-8 text (byte 0x{error.object[error.start]:02x}); "
            "save the file as UTF-8."
        ) from None


def _read_rows(path: Path) -> list[str]:
    # Not splitlines: it also breaks at characters such as U+2028 that may stand inside a row.
    lines = _decode(path).split("\n")
    return one_line(lines[:-1] if lines[-1] == "" else lines)


def _read_table(path: Path) -> dict[int, tuple[str, str, str | None]]:
    """Return (label, text, group) by the number of the line that each row ends on."""
    table = csv.DictReader(io.StringIO(_decode(path), newline=""), strict=True)
    try:
        columns = table.fieldnames or []
    except csv.Error as error:
        raise _not_csv(path, 1, error) from None
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
    rows: dict[int, tuple[str, str, str | None]] = {}
    begins = table.line_num + 1  # a quote that is not closed is found at the end of the file
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
            rows[table.line_num] = (
                canonical_label(label),
                canonical_text([text])[0],
                row.get("group"),
            )
            begins = table.line_num + 1
    except csv.Error as error:
        raise _not_csv(path, begins, error) from None
    if not rows:
        raise StageError(f"{path} has no rows below its first line.")
    return rows


def _not_csv(path: Path, line: int, error: csv.Error) -> StageError:
    """Return the error for a row that begins on ``line``."""
    return StageError(
        f"{path}, line {line}: the row that begins here is not valid CSV ({error}); close its "
        "double quotes, and write those inside a text twice."
    )


def _number(
    path: Path, table: dict[int, tuple[str, str, str | None]], ids: dict[str, int]
) -> list[LabelledRow]:
    groups: dict[str, int] = {}
    rows: list[LabelledRow] = []
    for line, (label, text, group) in table.items():
        if label not in ids:
            raise StageError(
                f"{path}, line {line}: unknown label {label!r}; known are {', '.join(ids)}."
            )
        key = f"group {group}" if group else f"line {line}"
        rows.append(LabelledRow(ids[label], text, groups.setdefault(key, len(groups))))
    return rows
