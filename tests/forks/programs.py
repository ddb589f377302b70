"""The folder with ``python`` and ``dvc`` that tests put first on the path of their programs."""

import os
import subprocess
import sys
import time
from fcntl import LOCK_EX, flock
from pathlib import Path

HERE = Path(__file__).parent
VARIABLE = "W2V_TEST_FORKS"  # the folder, for the processes that the tests are dealt to
CAN_FORK = sys.platform == "linux"  # elsewhere not all libraries work in a fork
PATIENCE = 60  # seconds


def write_clients(folder: Path) -> None:
    """Write the two programs into a folder, which is from now on that of ``forks``."""
    for name in ("python", "dvc"):
        client = folder / name
        ask = f"{sys.executable} -I -S {HERE}/client.py {folder}/socket {name}"
        client.write_text(f'#!/bin/sh\nexec {ask} "$@"\n', "utf-8")
        client.chmod(0o755)
    os.environ[VARIABLE] = str(folder)


def forks() -> Path:
    """Return the folder, once there is a server that answers."""
    folder = Path(os.environ[VARIABLE])
    if CAN_FORK and not (folder / "socket").exists():
        start_server()
    limit = time.monotonic() + PATIENCE
    while CAN_FORK and not (folder / "socket").exists():
        if time.monotonic() > limit:
            raise TimeoutError("the server of forks does not answer")
        time.sleep(0.02)
    return folder


def start_server() -> None:
    """Start the server, unless somebody has; it ends when the folder is removed."""
    folder = Path(os.environ[VARIABLE])
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        home = folder / "home"
        if home.exists():
            return
        home.mkdir()
        subprocess.Popen(
            [sys.executable, "-P", str(HERE / "server.py"), f"{folder}/socket"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "LANG": "C.UTF-8",
                "OMP_NUM_THREADS": "1",
            },
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
