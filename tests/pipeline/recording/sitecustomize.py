"""Note what a stage imports, opens and reads of the parameters, while DVC runs it.

Python imports this at its start where this folder is on ``PYTHONPATH``. A line is appended to a
file of the stage's name in ``$W2V_NOTES`` for every module of ours, every file below ``data`` and
``models``, and every parameter. Forked processes append to it too.
"""

import os
import sys
from pathlib import Path
from typing import Any

ROOT = f"{Path.cwd()}{os.sep}"


def record(notes: int) -> None:
    """Note it all in an open file, from now on."""

    def note(kind: str, what: str) -> None:
        """Append a line: written whole, whichever process it comes from."""
        os.write(notes, f"{kind} {what}\n".encode())

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        """Note imports and opened files; see Python's table of audit events."""
        if event == "import" and str(arguments[0]).startswith("stages."):
            note("import", arguments[0])
        elif event == "open" and isinstance(arguments[0], str):
            path = arguments[0].removeprefix(ROOT)
            if path.startswith(("data/", "models/")):
                note("open", path)

    sys.addaudithook(watch)
    sys.path.insert(0, ROOT)
    from stages.core.params import Section

    sys.path.remove(ROOT)
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


if "DVC_STAGE" in os.environ:
    file = Path(os.environ["W2V_NOTES"], os.environ["DVC_STAGE"])
    record(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT))
