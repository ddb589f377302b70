"""Writing ``data/raw``, and telling whether it is what a run would write now.

The manifest describes the rows as they were published; the tables have them without what their
data set did to its text (``quirks``). Rows are read twice, to be checked and to be written, and
pass one by one.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from stages.core.atomic import output_folder
from stages.core.console import StageError, say
from stages.download.manifest import describe
from stages.download.quirks import mended
from stages.download.sources import RawData, choose_source, chosen_offline, load
from stages.download.tables import LabelledTally, Tally
from stages.texts.classes import write_classes
from stages.texts.params import DataParams
from stages.texts.raw import (
    MANIFEST,
    RAW_DOWNSTREAM,
    RAW_PRETRAIN,
    read_manifest,
    write_manifest,
    write_raw_labelled,
    write_raw_text,
)


def write(data: RawData, params: DataParams) -> None:
    """Write ``data/raw``: tables first, the manifest last."""
    with (
        output_folder(RAW_PRETRAIN) as pretrain,
        output_folder(RAW_DOWNSTREAM) as downstream,
    ):
        _write_text(pretrain, data)
        write_classes(downstream, data.downstream.classes)
        _write_labelled(downstream, data)
        MANIFEST.unlink(missing_ok=True)  # from here on the old one is not true
    manifest = describe(data, params)
    write_manifest(manifest)
    say(f"download: {data.title}")
    for what, number in manifest["downstream"]["repeats"].items():
        if number:
            say(f"download: {data.downstream_name}: {number:,} {what.replace('_', ' ')}")


def _write_text(folder: Path, data: RawData) -> None:
    name = data.pretrain_name
    for split, texts in data.pretrain.splits.items():
        tally = Tally[str]()
        write_raw_text(folder, split, (mended(name, row) for row in tally.over(texts)))
        _require_same(tally, data.pretrain.tallies[split], name, split)


def _write_labelled(folder: Path, data: RawData) -> None:
    name = data.downstream_name
    for split, rows in data.downstream.splits.items():
        tally = LabelledTally()
        mended_rows = (replace(row, text=mended(name, row.text)) for row in tally.over(rows))
        write_raw_labelled(folder, split, mended_rows)
        _require_same(tally, data.downstream.tallies[split], name, split)


def _require_same(written: Tally[Any], checked: Tally[Any], name: str, split: str) -> None:
    """Raise a StageError unless the rows that were written are those that were checked."""
    if written.sha256 != checked.sha256:
        raise StageError(
            f"{name} {split} changed while it was read; run it again when nobody writes there."
        )


def is_current(params: DataParams) -> bool:
    """Whether the manifest on disk is the one that a run would write now.

    The Hub is asked only where the bundled corpus had to stand in for it. Its own rows are fixed
    by the pinned revisions, which are parameters: what else DVC does see.

    Raises:
        StageError: there is no telling, for the data cannot be read.
    """
    try:
        recorded = read_manifest()
    except StageError:  # missing or damaged
        return False
    kind: str = recorded["source"]
    source = chosen_offline(params)
    if source is None:
        if kind != "bundled":
            return kind == "hub"
        source = choose_source(params)
    if source.kind != kind or kind == "hub":
        return source.kind == kind
    return describe(load(params, source), params) == recorded
