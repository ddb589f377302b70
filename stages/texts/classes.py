"""``classes.json``: the classes' names, beside the raw labelled data and beside its tokens."""

from collections.abc import Sequence
from pathlib import Path

from stages.core.atomic import read_json, write_json


def write_classes(folder: Path, classes: Sequence[str]) -> None:
    """Write the class names, in the order of their labels."""
    write_json(folder / "classes.json", {"classes": list(classes)})


def read_classes(folder: Path) -> list[str]:
    """Return the class names, in the order of their labels."""
    return list(read_json(folder / "classes.json")["classes"])
