"""``python`` and ``dvc`` for tests: ``client.py SOCKET NAME ARGUMENTS...`` has ``server`` fork.

What a fork cannot be like is started in truth: other options of Python than ``-m`` and ``-c``, and
settings that are read before a program's first line. So it is where no server answers.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path

# What Python, or a library that the server has imported, reads once, at its start.
READ_AT_START = {"PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONSAFEPATH"}


def main() -> None:
    """Run the program, and end as it ends."""
    path, name, *arguments = sys.argv[1:]
    forkable = name == "dvc" or arguments[:1] in (["-m"], ["-c"])
    differs = READ_AT_START & set(os.environ) or is_first_of_its_kind(arguments)
    if not forkable or differs or not Path(path).exists():
        start(name, arguments)
    status = ask(path, ["dvc", *arguments] if name == "dvc" else arguments)
    if status < 0:  # as what a signal ended
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


def is_first_of_its_kind(arguments: list[str]) -> bool:
    """Whether this is the first run of a stage's program while the finished project is made."""
    if "W2V_NOTES" not in os.environ or "DVC_STAGE" not in os.environ:
        return False
    program = arguments[1].removeprefix("stages.")
    noted = os.listdir(os.environ["W2V_NOTES"])  # noqa: PTH208
    return not any(stage.startswith(program) for stage in noted)


def start(name: str, arguments: list[str]) -> None:
    """Become a process of its own; never returns."""
    program = str(Path(sys.executable).with_name(name))
    os.execv(program, [program, *arguments])


def ask(path: str, arguments: list[str]) -> int:
    """Return the exit status of a fork that does this here."""
    request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109
    content = json.dumps(request).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [b"%016d" % len(content)], [0, 1, 2])
        connection.sendall(content)
        return int(connection.recv(16) or b"1")


if __name__ == "__main__":
    main()
