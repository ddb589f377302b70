"""``classes.json``: the classes' names, beside the raw labelled data and beside its tokens."""

from collections.abc import Sequence
from pathlib import Path

from stages.files.atomic import damaged, read_json, write_json


def write_classes(folder: Path, classes: Sequence[str]) -> None:
    """Write the class names, in the order of their labels."""
    write_json(folder / "classes.json", {"classes": list(classes)})


def read_classes(folder: Path, made_by: str) -> list[str]:
    """Return the class names, in the order of their labels."""
    path = folder / "classes.json"
    classes = read_json(path, made_by).get("classes")
    if not isinstance(classes, list):
        raise damaged(path, made_by)
    return [str(name) for name in classes]
