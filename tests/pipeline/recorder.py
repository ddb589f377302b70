"""Run a stage as ``python -m`` does, and note what it imports, opens and reads of the parameters.

``python recorder.py NOTES stages.sgns train ...``: a line is appended to the file NOTES for every
module of ours, every file below ``data`` and ``models``, and every parameter. Forked processes
append to it too.
"""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

NOTES = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
ROOT = f"{Path.cwd()}{os.sep}"


def note(kind: str, what: str) -> None:
    """Append a line: written whole, whichever process it comes from."""
    os.write(NOTES, f"{kind} {what}\n".encode())


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note imports and opened files; see the table of audit events in Python's documentation."""
    if event == "import" and str(arguments[0]).startswith("stages."):
        note("import", arguments[0])
    elif event == "open" and isinstance(arguments[0], str):
        path = arguments[0].removeprefix(ROOT)
        if path.startswith(("data/", "models/")):
            note("open", path)


def watch_parameters() -> None:
    """Note every field that is read of a section of ``params.yaml``."""
    from stages.params.base import Section

    plain, dump = Section.__getattribute__, Section.model_dump

    def getattribute(self: Section, name: str) -> Any:
        if name in type(self).model_fields:
            note("read", f"{type(self).__name__}.{name}")
        return plain(self, name)

    def model_dump(self: Section, *args: Any, **kwargs: Any) -> Any:
        for name in type(self).model_fields:
            getattribute(self, name)
        return dump(self, *args, **kwargs)

    Section.__getattribute__ = getattribute  # type: ignore[assignment]
    Section.model_dump = model_dump  # type: ignore[method-assign, assignment]


def main() -> None:
    """Run the module that the command line names."""
    sys.path[0] = str(Path.cwd())
    sys.addaudithook(watch)
    watch_parameters()
    module, sys.argv = sys.argv[2], [sys.argv[2], *sys.argv[3:]]
    note("import", module)
    for path in (Path(*module.split("."), "__main__.py"),):
        note("import", ".".join(path.with_suffix("").parts))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
