"""Run a stage as ``python -m`` does, and kill it just before a chosen change to a file.

``python at_change.py NOTES KIND PART NUMBER stages.sgns train ...``: a line is appended to the
file NOTES for every change (``open`` for writing, ``rename``, ``remove``, ``mkdir``, ``rmdir``)
of a file of the project. Just before the change number NUMBER, from 1, of those that are of KIND
and have PART in their path, the whole process group is killed with SIGKILL. KIND ``any`` is every
kind; KIND ``torn`` a rename before which its file is cut to half, as a kill within a long write
leaves it. A forked process counts its own changes, NUMBER 0 never comes.
"""

import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

NOTES = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
KIND, PART, NUMBER = sys.argv[2], sys.argv[3], int(sys.argv[4])
ROOT = Path.cwd()
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
SEEN = [0]


def change_of(event: str, arguments: tuple[Any, ...]) -> tuple[str, str] | None:
    """Return kind and path of a change that an audit event announces, if it is one."""
    if event == "open":
        path, mode, flags = arguments
        if not isinstance(path, (str, Path)):  # a file that is open already
            return None
        writes = mode.strip("rbt") if isinstance(mode, str) else flags & WRITING
        return ("open", str(path)) if writes else None
    if event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}:
        return event.removeprefix("os."), str(arguments[0])
    return None


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note a change, and kill everything if it is the chosen one."""
    change = change_of(event, arguments)
    if change is None:
        return
    kind, path = change
    whole = (ROOT / path).as_posix()
    if not whole.startswith(f"{ROOT.as_posix()}/"):
        return
    os.write(NOTES, f"{kind} {path}\n".encode())
    if PART in path and KIND in ("any", kind, "torn" if kind == "rename" else kind):
        SEEN[0] += 1
        if SEEN[0] == NUMBER:
            if KIND == "torn":
                os.truncate(path, Path(path).stat().st_size // 2)
            os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Run the module that the command line names."""
    sys.path[0] = str(ROOT)
    module, sys.argv = sys.argv[5], sys.argv[5:]
    sys.addaudithook(watch)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
