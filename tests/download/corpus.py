"""A local folder of made-up data, as a user would bring it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support import made_up_rows

PRETRAIN, DOWNSTREAM = "my-text", "my-labels"
OWN_NAMES: dict[str, Any] = {
    "data.pretrain.name": PRETRAIN,
    "data.downstream.name": DOWNSTREAM,
}
LOCAL: dict[str, Any] = {"data.source": "local", "data.validation": 5, **OWN_NAMES}


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by name into ``folder``; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode("utf-8") if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return folder


def write_corpus(root: Path) -> Path:
    """Write both made-up data sets below ``root``; return it."""
    splits = {"train": 30, "valid": 5, "test": 5}
    texts = {s: made_up_rows(rows, seed) for seed, (s, rows) in enumerate(splits.items())}
    write_files(
        root / PRETRAIN, {f"{s}.txt": "".join(f"{r}\n" for r in rows) for s, rows in texts.items()}
    )
    tables = {"train": made_up_rows(20, 7), "test": made_up_rows(8, 8)}
    write_files(
        root / DOWNSTREAM,
        {
            f"{s}.csv": "label,text\n" + "".join(f"{i % 2},{r}\n" for i, r in enumerate(rows))
            for s, rows in tables.items()
        },
    )
    return root
