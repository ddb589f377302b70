"""The process that is forked: ``python -P server.py SOCKET``; see ``client`` for who asks.

A request is the three standard files of the client, and as JSON its arguments, folder and
environment. The program runs in a session of its own and dies with its client. Its exit status
goes back. Nothing of ours is imported here: a project's stages are those of its own folder.
"""

import atexit
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

# Not `datasets` and its `huggingface_hub`: they read their environment when they are imported.
LIBRARIES = (
    *("numpy", "torch", "pandas", "scipy.stats", "sklearn.linear_model", "scipy.cluster.hierarchy"),
    *("sklearn.feature_extraction.text", "matplotlib.pyplot", "matplotlib.backends.backend_svg"),
    *("safetensors.numpy", "pydantic", "yaml", "jinja2", "pyarrow.parquet", "pyarrow.dataset"),
    *("fsspec.asyn", "requests", "aiohttp", "dill", "multiprocess", "xxhash"),
    *("dvc.cli.parser", "dvc.repo", "dvc.repo.experiments.executor.local", "dvc.repo.reproduce"),
    *("dvc.commands.repro", "dvc.render.match", "dvc_render.html", "dvc.repo.plots"),
    *("dvc_data.hashfile.db.local", "dvc_data.index", "scmrepo.git", "dvc.repo.metrics.diff"),
)
LENGTH = 16  # bytes of the number of bytes that follow
STEP = 0.005  # seconds between looks at a program


def main() -> None:
    """Answer requests as long as the folder of the socket is there."""
    for library in LIBRARIES:
        importlib.import_module(library)
    os.fsync = lambda fd: None  # what tests write need not outlive a loss of power
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    path = Path(sys.argv[1])
    if not path.parent.exists():
        return
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path.with_suffix(".new")))
        listener.listen(64)
        path.with_suffix(".new").rename(path)  # from here on there is one who answers
        while path.exists():
            if not select.select([listener], [], [], 1.0)[0]:
                continue
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                answer(connection)
            connection.close()


def answer(connection: socket.socket) -> None:
    """Run what is asked for, and say how it ended; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, files, *_ = socket.recv_fds(connection, LENGTH, 3)
    content = connection.recv(int(length), socket.MSG_WAITALL)
    program = os.fork()
    if program == 0:
        connection.close()
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        be(**json.loads(content))
    for file in files:
        os.close(file)
    status = None
    while status is None:
        ended, found = os.waitpid(program, os.WNOHANG)
        if ended:
            status = os.waitstatus_to_exitcode(found)
        elif select.select([connection], [], [], STEP)[0]:  # the client has ended: it says no more
            os.killpg(program, signal.SIGKILL)
            os._exit(1)
    with suppress(OSError):
        connection.sendall(b"%d" % status)
    os._exit(0)


def be(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be the program, as Python starts it; never returns."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.pycache_prefix = str(Path(sys.argv[1]).with_name("byte-code"))  # compiled once for all
    status = 1
    try:
        run(arguments, list(filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))))
        status = 0
    except SystemExit as stop:
        status = exit_status(stop.code)
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def run(arguments: list[str], python_path: list[str]) -> None:
    """Run ``-m MODULE``, ``-c CODE`` or ``dvc``, with the rest as its arguments."""
    kind, *rest = arguments
    sys.path[:0] = ["" if kind == "-c" else str(Path.cwd()), *python_path]
    if "DVC_STAGE" in os.environ and "W2V_NOTES" in os.environ:
        sys.modules.pop("sitecustomize", None)  # of this Python itself
        importlib.import_module("sitecustomize")  # of tests.pipeline.recording
    if kind == "dvc":
        from dvc.cli import main as dvc_main

        sys.path.pop(0)
        sys.argv = arguments
        sys.exit(dvc_main(rest))
    if kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *rest[1:]]
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(rest[0], "<string>", "exec"), names)


def exit_status(code: object) -> int:
    """Return the status of ``sys.exit(code)``, which prints what is not a number."""
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
