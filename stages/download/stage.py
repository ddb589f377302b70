"""Writing ``data/raw``, and telling whether it is what a run would write now.

The manifest describes the rows as they were published; the tables have them without what their
data set did to its text (``quirks``).
"""

from dataclasses import replace

from stages.console import say
from stages.download.manifest import describe
from stages.download.quirks import mended
from stages.download.sources import RawData, choose_source, load
from stages.files.atomic import output_folder
from stages.files.classes import write_classes
from stages.files.raw import (
    MANIFEST,
    RAW_DOWNSTREAM,
    RAW_PRETRAIN,
    read_manifest,
    write_manifest,
    write_raw_labelled,
    write_raw_text,
)
from stages.params.data import DataParams


def write(data: RawData, params: DataParams) -> None:
    """Write ``data/raw``: tables first, the manifest last."""
    with (
        output_folder(RAW_PRETRAIN) as pretrain,
        output_folder(RAW_DOWNSTREAM) as downstream,
    ):
        for split, texts in data.pretrain.splits.items():
            write_raw_text(pretrain, split, (mended(data.pretrain_name, row) for row in texts))
        write_classes(downstream, data.downstream.classes)
        for split, rows in data.downstream.splits.items():
            mended_rows = (
                replace(row, text=mended(data.downstream_name, row.text)) for row in rows
            )
            write_raw_labelled(downstream, split, mended_rows)
        MANIFEST.unlink(missing_ok=True)  # from here on the old one is not true
    write_manifest(describe(data, params))
    say(f"download: {data.title}")


def is_current(params: DataParams) -> bool:
    """Whether the manifest on disk is the one that a run would write now."""
    if not MANIFEST.exists():
        return False
    recorded = read_manifest()
    source = choose_source(params)
    # The Hub's rows are fixed by the pinned revisions, which are parameters that DVC does see.
    if recorded.get("source") == "hub" and params.source in {"auto", "hub"}:
        if source.kind == "bundled":
            say(f"download: keeping the rows that the Hub delivered before ({source.reason})")
        return source.kind != "local"
    return source.kind == recorded.get("source") and (
        describe(load(params, source), params) == recorded
    )
