"""Run stages in forks of one process that has their libraries: a case costs no import.

A case comes as one line of JSON on standard input, ``{"module": ..., "arguments": [...],
"errors": path}``. The stage runs in the folder that this was started in, with its standard error
in that file; its exit status is the line that goes back.
"""

import importlib
import json
import os
import runpy
import sys
from pathlib import Path

LIBRARIES = (
    *("numpy", "torch", "pandas", "scipy.stats", "sklearn.linear_model", "matplotlib.pyplot"),
    *("safetensors.numpy", "pydantic", "yaml", "jinja2"),
)


def run(module: str, arguments: list[str], errors: str) -> None:
    """Be the stage's program; never returns."""
    with Path(errors).open("wb") as file:
        os.dup2(file.fileno(), 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    status = 1
    try:
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as stop:
        if isinstance(stop.code, str):
            sys.stderr.write(stop.code + "\n")
        else:
            status = int(stop.code or 0)
    except BaseException as error:
        sys.stderr.write(f"Traceback: {error!r}\n")
    finally:
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    """Answer cases as long as there are any."""
    sys.path[0] = str(Path.cwd())
    for library in LIBRARIES:
        importlib.import_module(library)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(**json.loads(line))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
