"""What the tests of several sources share: names of a user's own data, and files of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.pipeline.corpus import DOWNSTREAM_NAME, PRETRAIN_NAME

OWN_NAMES: dict[str, Any] = {
    "data.pretrain.name": PRETRAIN_NAME,
    "data.downstream.name": DOWNSTREAM_NAME,
}


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by name into ``folder``; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode("utf-8") if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return folder
