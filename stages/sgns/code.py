"""Which code decides what a training gives: its modules, and all of ours that they import."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRAINING = "stages.sgns.stage"


def training_code() -> list[Path]:
    """Return the files of all modules of ours that a training may import, anywhere in them.

    They are read, not imported: so they are the same, whatever program starts the training.
    """
    found: set[str] = set()
    left = {TRAINING}
    while left:
        module = left.pop()
        found.add(module)
        left |= _imported(module) - found
    return sorted(map(_file, found))


def _imported(module: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(_file(module).read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.startswith("stages.") and _file(name).is_file()}


def _file(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")
