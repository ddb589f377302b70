"""``data/raw``: the data sets as canonical tables, and the manifest that says what they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.files.atomic import (
    damaged,
    read_lines,
    read_sealed_json,
    sealed_names,
    write_csv,
    write_sealed_json,
    write_text,
)
from stages.files.classes import read_classes
from stages.files.tables import read_table

RAW = Path("data/raw")
RAW_PRETRAIN = RAW / "pretrain"
RAW_DOWNSTREAM = RAW / "downstream"
MANIFEST = RAW / "manifest.json"

PRETRAIN_SPLITS = ("train", "validation", "test")
EXAMPLE_COLUMNS = ("label", "text", "group")


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
    name = f"{split}.txt"
    if name not in sealed_names(RAW_PRETRAIN, "download"):
        return None
    return read_lines(RAW_PRETRAIN / name, "download")


def write_raw_labelled(folder: Path, split: str, rows: Iterable[LabelledRow]) -> None:
    """Write a labelled split as CSV ``label,text,group``."""
    table = ((row.label, row.text, row.group) for row in rows)
    write_csv(folder / f"{split}.csv", EXAMPLE_COLUMNS, table)


def read_raw_labelled(split: str) -> list[LabelledRow]:
    """Return the rows of a labelled split written by ``write_raw_labelled``.

    Raises:
        StageError: it is missing or damaged, or a label is of none of the classes beside it.
    """
    path = RAW_DOWNSTREAM / f"{split}.csv"
    columns = read_table(
        path, "download", EXAMPLE_COLUMNS, texts={"text"}, counts={"label", "group"}
    )
    if max(columns["label"], default=0) >= len(read_classes(RAW_DOWNSTREAM, "download")):
        raise damaged(path, "download")
    return [LabelledRow(*row) for row in zip(*columns.values(), strict=True)]


def write_manifest(manifest: Mapping[str, Any]) -> None:
    """Write ``manifest.json``."""
    write_sealed_json(MANIFEST, manifest)


def read_manifest() -> dict[str, Any]:
    """Read ``manifest.json``; raises StageError if it is missing or damaged."""
    manifest = read_sealed_json(MANIFEST, "download")
    if not all(isinstance(manifest.get(key), str) for key in ("title", "source")):
        raise damaged(MANIFEST, "download")
    return manifest
