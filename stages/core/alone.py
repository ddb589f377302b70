"""No module of the user's in the place of one that the experiment uses, or nothing runs.

Python looks beside the project first, and then where ``PYTHONPATH`` says. ``python -m stages...``
imports this before all else; so it takes nothing but what Python has loaded at its start.
"""

import os
import sys
from collections.abc import Iterable
from importlib.machinery import PathFinder

OWN = {"benchmarks", "stages", "studies", "tests", "tools"}
MEANT = {"sitecustomize", "test", "usercustomize"}  # to be the user's, or imported by nobody
TAKEN_IF_FOUND = {"bottleneck", "numexpr"}  # what pandas then computes with


def taken(folders: Iterable[str], installed: list[str]) -> str | None:
    """Return the first file in ``folders`` that is imported in place of another; None without."""
    for folder in filter(os.path.isdir, folders):
        names = [entry.name for entry in os.scandir(folder)]
        for module in sorted({name.partition(".")[0] for name in names} - OWN - MEANT):
            if _is_used(module, installed) and (found := _file(module, [folder])):
                return found
    return None


def _is_used(module: str, installed: list[str]) -> bool:
    names = sys.stdlib_module_names | TAKEN_IF_FOUND
    return module in names or _file(module, installed) is not None


def _file(module: str, folders: list[str]) -> str | None:
    spec = PathFinder.find_spec(module, folders)
    return spec.origin if spec and spec.has_location else None


def require_alone() -> None:
    """End the program if one is; ``make`` sets ``PYTHONPATH`` aside, ``dvc`` does not."""
    here = os.getcwd()  # noqa: PTH109 (pathlib may be the user's)
    places = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    found = taken(places, [path for path in sys.path if path not in places])
    if found:
        sys.exit(
            f"stages: {found} would be imported in place of a module of that name that the "
            "experiment uses; move or rename it, or unset PYTHONPATH, and run again."
        )


if sys.argv[:1] == ["-m"]:  # else a test, or a program of the user's, imports from the stages
    require_alone()
