"""``data/raw``: the data sets as canonical tables, and the manifest that says what they are."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stages.files.atomic import (
    damaged,
    read_lines,
    require,
    write_csv,
    write_text,
)

RAW = Path("data/raw")
RAW_PRETRAIN = RAW / "pretrain"
RAW_DOWNSTREAM = RAW / "downstream"
MANIFEST = RAW / "manifest.json"

PRETRAIN_SPLITS = ("train", "validation", "test")
EXAMPLE_COLUMNS = ("label", "text", "group")

# csv's own limit of 131,072 characters a field is less than a long article.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class LabelledRow:
    """One labelled example; rows of one group never fall on both sides of a split."""

    label: int
    text: str
    group: int


def write_raw_text(folder: Path, split: str, rows: Iterable[str]) -> None:
    """Write a pre-training split, one row a line."""
    write_text(folder / f"{split}.txt", "".join(f"{row}\n" for row in rows))


def read_raw_text(split: str) -> list[str] | None:
    """Return the rows of a pre-training split, or None where the source has no such split."""
    path = RAW_PRETRAIN / f"{split}.txt"
    return read_lines(path, "download") if path.exists() else None


def write_raw_labelled(folder: Path, split: str, rows: Iterable[LabelledRow]) -> None:
    """Write a labelled split as CSV ``label,text,group``."""
    table = ((row.label, row.text, row.group) for row in rows)
    write_csv(folder / f"{split}.csv", EXAMPLE_COLUMNS, table)


def read_raw_labelled(split: str) -> list[LabelledRow]:
    """Return the rows of a labelled split written by ``write_raw_labelled``."""
    path = require(RAW_DOWNSTREAM / f"{split}.csv", "download")
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.reader(file)
        try:
            next(table, None)
            return [LabelledRow(int(label), text, int(group)) for label, text, group in table]
        except (ValueError, csv.Error):
            raise damaged(path, "download") from None
