"""``data/raw``: the data sets as Parquet tables, and the manifest that says what they are.

The tables may be larger than memory: they are written a few rows at a time, and ``datasets`` maps
them where all of their texts are needed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stages.core.arrays import LongArray
from stages.core.atomic import (
    read_sealed_json,
    reading,
    sealed_names,
    whole_file,
    write_sealed_json,
)

RAW = Path("data/raw")
RAW_PRETRAIN = RAW / "pretrain"
RAW_DOWNSTREAM = RAW / "downstream"
MANIFEST = RAW / "manifest.json"

PRETRAIN_SPLITS = ("train", "validation", "test")
ROWS_AT_ONCE = 1000
_TEXT = pa.schema([("text", pa.string())])
_LABELLED = pa.schema([("label", pa.int64()), ("text", pa.string()), ("group", pa.int64())])


@dataclass(frozen=True)
class LabelledRow:
    """One labelled example; rows of one group never fall on both sides of a split."""

    label: int
    text: str
    group: int


def write_raw_text(folder: Path, split: str, rows: Iterable[str]) -> None:
    """Write a pre-training split."""
    _write(folder / f"{split}.parquet", _TEXT, ({"text": row} for row in rows))


def write_raw_labelled(folder: Path, split: str, rows: Iterable[LabelledRow]) -> None:
    """Write a labelled split: the columns ``label``, ``text`` and ``group``."""
    _write(folder / f"{split}.parquet", _LABELLED, map(vars, rows))


def _write(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    with whole_file(path) as file, pq.ParquetWriter(file, schema) as table:
        while some := list(islice(rows, ROWS_AT_ONCE)):
            table.write_table(pa.Table.from_pylist(some, schema))


def text_table(split: str) -> Path | None:
    """Return where a pre-training split is, or None where the source has no such split."""
    name = f"{split}.parquet"
    return RAW_PRETRAIN / name if name in sealed_names(RAW_PRETRAIN) else None


def labelled_table(split: str) -> Path:
    """Return where a labelled split is."""
    return RAW_DOWNSTREAM / f"{split}.parquet"


def read_raw_text(split: str) -> list[str] | None:
    """Return all rows of a pre-training split, where they are few; None without such a split."""
    path = text_table(split)
    if path is None:
        return None
    with reading(path):
        rows: list[str] = pq.read_table(path)["text"].to_pylist()
        return rows


def read_labels_and_groups(split: str) -> tuple[LongArray, LongArray]:
    """Return the label and the group of each row of a labelled split, both (rows,).

    Raises:
        StageError: it is missing or damaged.
    """
    path = labelled_table(split)
    with reading(path):
        table = pq.read_table(path, columns=["label", "group"])
        return np.array(table["label"], np.int64), np.array(table["group"], np.int64)


def write_manifest(manifest: Mapping[str, Any]) -> None:
    """Write ``manifest.json``."""
    write_sealed_json(MANIFEST, manifest)


def read_manifest() -> dict[str, Any]:
    """Read ``manifest.json``; raises StageError if it is missing or damaged."""
    return read_sealed_json(MANIFEST)
