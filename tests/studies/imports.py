"""What a program of the studies runs: its modules, and those of the stages that it starts."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.support import REPOSITORY

OURS = ("stages", "studies")


def modules_of(program: str) -> set[Path]:
    """Return the files of all modules that ``python -m program`` may import or start itself."""
    found: set[str] = set()
    left = {_entry(program)}
    while left:
        module = left.pop()
        found.add(module)
        left |= _named(module) - found
    return {Path(*name.split(".")).with_suffix(".py") for name in found}


@cache
def _named(module: str) -> set[str]:
    """Return the modules that one imports, anywhere in it, and the stages that it starts."""
    names = set()
    for node in ast.walk(ast.parse(_file(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and _is_started(module, node.value):
            names.add(_entry(str(node.value)))
    return {name for name in names if name.split(".")[0] in OURS and _file(name).is_file()}


def _is_started(module: str, value: object) -> bool:
    """Whether a constant of a module of the studies is the name of a program."""
    return module.startswith("studies.") and bool(re.fullmatch(r"stages\.\w+", str(value)))


def _entry(program: str) -> str:
    return f"{program}.__main__" if _file(f"{program}.__main__").is_file() else program


def _file(module: str) -> Path:
    return REPOSITORY.joinpath(*module.split(".")).with_suffix(".py")
