"""The folder with ``python`` and ``dvc`` that tests put first on the path of their programs."""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 60  # seconds
VARIABLE = "W2V_TEST_FORKS"  # the folder, for the processes that the tests are dealt to


def serve(folder: Path) -> "subprocess.Popen[bytes]":
    """Start the server, and write its clients into ``folder``."""
    socket = folder / "socket"
    for name in ("python", "dvc"):
        client = folder / name
        client.write_text(
            f'#!/bin/sh\nexec {sys.executable} -I -S {HERE}/client.py {socket} {name} "$@"\n',
            "utf-8",
        )
        client.chmod(0o755)
    os.environ[VARIABLE] = str(folder)
    (folder / "home").mkdir()
    return subprocess.Popen(
        [sys.executable, "-P", str(HERE / "server.py"), str(socket)],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
        },
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def forks() -> Path:
    """Return the folder, once there is a server that answers."""
    folder = Path(os.environ[VARIABLE])
    limit = time.monotonic() + PATIENCE
    while not (folder / "socket").exists():
        if time.monotonic() > limit:
            raise TimeoutError("the server of forks does not answer")
        time.sleep(0.02)
    return folder
