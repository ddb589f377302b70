"""What a program of the studies runs: its modules, and those of the stages that it starts."""

import re
from modulefinder import ModuleFinder
from pathlib import Path

from tests.support import REPOSITORY


def modules_of(program: str) -> set[Path]:
    """Return the files of all modules that ``python -m program`` may import or start itself."""
    finder = ModuleFinder([str(REPOSITORY)])
    finder.import_hook(_entry(program))
    own = (path.read_text("utf-8") for path in _found(finder) if "studies" in path.parts)
    for stage in {name for text in own for name in re.findall(r'"(stages\.\w+)"', text)}:
        finder.import_hook(_entry(stage))
    return {path.relative_to(REPOSITORY) for path in _found(finder)}


def _found(finder: ModuleFinder) -> set[Path]:
    files = [vars(module)["__file__"] for module in finder.modules.values()]
    return {Path(file) for file in files if file and not file.endswith("__init__.py")}


def _entry(program: str) -> str:
    main = f"{program}.__main__"
    return main if REPOSITORY.joinpath(*main.split(".")).with_suffix(".py").exists() else program
