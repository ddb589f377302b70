"""``classes.json``: the classes' names, beside the raw labelled data and beside its tokens."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeGuard

from stages.files.atomic import damaged, read_json, write_json


def write_classes(folder: Path, classes: Sequence[str]) -> None:
    """Write the class names, in the order of their labels."""
    write_json(folder / "classes.json", {"classes": list(classes)})


def read_classes(folder: Path, made_by: str) -> list[str]:
    """Return the class names, in the order of their labels."""
    path = folder / "classes.json"
    classes = read_json(path, made_by).get("classes")
    if not is_classes(classes):
        raise damaged(path, made_by)
    return list(classes)


def is_classes(names: object) -> TypeGuard[list[str]]:
    """Whether JSON holds names of classes: at least one, all of them different."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return False
    return 0 < len(names) == len(set(names))
