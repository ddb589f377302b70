"""``data/raw``: the data sets as canonical tables, and the manifest that says what they are.

The tables may be larger than memory. They are written row by row, and read in spans: runs of
whole rows that make about ``SPAN_BYTES``, the same for every reader, however many there are.
"""

import csv
import io
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from stages.core.atomic import (
    read_sealed_json,
    require_whole,
    sealed_names,
    write_pieces,
    write_sealed_json,
)
from stages.core.made import damaged
from stages.core.sealed import SEAL, read_seal

RAW = Path("data/raw")
RAW_PRETRAIN = RAW / "pretrain"
RAW_DOWNSTREAM = RAW / "downstream"
MANIFEST = RAW / "manifest.json"

PRETRAIN_SPLITS = ("train", "validation", "test")
EXAMPLE_COLUMNS = ("label", "text", "group")
SPAN_BYTES = 2**21

# csv's own limit of 131,072 characters a field is less than a long article.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class LabelledRow:
    """One labelled example; rows of one group never fall on both sides of a split."""

    label: int
    text: str
    group: int


@dataclass(frozen=True)
class Span:
    """Whole rows of a raw table: the bytes of it from ``begin`` to ``end``.

    sha256: of the whole table, by which one knows what is in the span.
    """

    path: Path
    sha256: str
    begin: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin


@dataclass(frozen=True)
class LabelledTable:
    """A labelled split without its texts: their spans, and each row's label and group."""

    spans: list[Span]
    labels: "array[int]"
    groups: "array[int]"


def write_raw_text(folder: Path, split: str, rows: Iterable[str]) -> None:
    """Write a pre-training split, one row a line."""
    write_pieces(folder / f"{split}.txt", (f"{row}\n".encode() for row in rows))


def text_spans(split: str) -> list[Span] | None:
    """Return the spans of a pre-training split, or None where the source has no such split.

    Raises:
        StageError: it is missing or damaged.
    """
    name = f"{split}.txt"
    if name not in sealed_names(RAW_PRETRAIN):
        return None
    path = require_whole(RAW_PRETRAIN / name)
    sha256, size = _sha256(path), path.stat().st_size
    spans: list[Span] = []
    with path.open("rb") as file:
        while (begin := file.tell()) < size:
            file.seek(min(begin + SPAN_BYTES, size) - 1)
            if not file.readline().endswith(b"\n"):
                raise damaged(path)
            spans.append(Span(path, sha256, begin, file.tell()))
    return spans


def _sha256(path: Path) -> str:
    """Return the SHA-256 of a table that was compared with its seal."""
    return read_seal(path.parent / SEAL)[path.name]


def read_span(span: Span) -> list[str]:
    """Return the texts of a span's rows; raises StageError if it is damaged."""
    with span.path.open("rb") as file:
        file.seek(span.begin)
        content = file.read(len(span))
    try:
        text = content.decode("utf-8")
        if span.path.suffix == ".txt":
            return text.split("\n")[:-1]
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        return [row for _, row, _ in rows]
    except (ValueError, csv.Error):
        raise damaged(span.path) from None


def read_raw_text(split: str) -> list[str] | None:
    """Return all rows of a pre-training split, where they are few; None without such a split."""
    spans = text_spans(split)
    return None if spans is None else [row for span in spans for row in read_span(span)]


def write_raw_labelled(folder: Path, split: str, rows: Iterable[LabelledRow]) -> None:
    """Write a labelled split as CSV ``label,text,group``."""
    write_pieces(folder / f"{split}.csv", _csv_lines(rows))


def _csv_lines(rows: Iterable[LabelledRow]) -> Iterator[bytes]:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(EXAMPLE_COLUMNS)
    yield _taken(lines)
    for row in rows:
        writer.writerow((row.label, row.text, row.group))
        yield _taken(lines)


def _taken(lines: io.StringIO) -> bytes:
    """Return what was written to a buffer, and empty it."""
    content = lines.getvalue().encode()
    lines.seek(0)
    lines.truncate()
    return content


def read_labelled_table(split: str) -> LabelledTable:
    """Return the labels and groups of a labelled split, and where its texts are.

    Raises:
        StageError: it is missing or damaged.
    """
    path = require_whole(RAW_DOWNSTREAM / f"{split}.csv")
    sha256 = _sha256(path)
    table = LabelledTable([], array("q"), array("q"))
    with path.open("rb") as file:
        lines = _Lines(file)
        rows = csv.reader(lines, strict=True)
        try:
            next(rows)
            begin = lines.read
            for label, _, group in rows:
                table.labels.append(int(label))
                table.groups.append(int(group))
                if lines.read - begin >= SPAN_BYTES:
                    table.spans.append(Span(path, sha256, begin, lines.read))
                    begin = lines.read
        except (ValueError, csv.Error):
            raise damaged(path) from None
        if lines.read > begin:
            table.spans.append(Span(path, sha256, begin, lines.read))
    return table


class _Lines:
    """The lines of a file as text, and how many bytes of it were read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.read += len(line)
            yield line.decode("utf-8")


def read_raw_labelled(split: str) -> list[LabelledRow]:
    """Return all rows of a labelled split, where they are few.

    Raises:
        StageError: it is missing or damaged.
    """
    table = read_labelled_table(split)
    texts = [text for span in table.spans for text in read_span(span)]
    return [LabelledRow(*row) for row in zip(table.labels, texts, table.groups, strict=True)]


def write_manifest(manifest: Mapping[str, Any]) -> None:
    """Write ``manifest.json``."""
    write_sealed_json(MANIFEST, manifest)


def read_manifest() -> dict[str, Any]:
    """Read ``manifest.json``; raises StageError if it is missing or damaged."""
    return read_sealed_json(MANIFEST)
