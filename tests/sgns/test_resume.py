"""Killing ``python -m stages.sgns`` and running it again, as a user or the system may."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from stages.sgns.checkpoint import SCRATCH
from tests.sgns.examples import write_project
from tests.support import child_environment, run_python

OUT = "models/sgns/main"
TRAIN = ("-m", "stages.sgns", "train", "--R", "3", "--K", "2", "--out", OUT)
EPOCHS = 25
TWO_THREADS = {"OMP_NUM_THREADS": "2"}  # so that there is a second process


def is_running(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def killed_after_epoch_two(folder: Path) -> list[psutil.Process]:
    """Train in ``folder``, kill the process after its epoch 2; return its child processes."""
    with subprocess.Popen(
        [sys.executable, *TRAIN],
        cwd=folder,
        env=child_environment(folder) | TWO_THREADS,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any("epoch 2:" in line for line in process.stdout)
        children: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL  # it had not finished
    return children


def test_a_killed_training_goes_on_where_it_was_and_ends_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    killed, whole = (
        write_project(tmp_path / name, 2000, epochs=EPOCHS) for name in ("killed", "whole")
    )
    children = killed_after_epoch_two(killed)
    deadline = time.monotonic() + 20
    while any(map(is_running, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    orphans = [child for child in children if is_running(child)]
    for orphan in orphans:
        orphan.kill()
    assert len(children) == 1 and not orphans
    assert not (killed / OUT).exists()
    assert len(list((killed / SCRATCH).iterdir())) == 1

    again = run_python(killed, *TRAIN, **TWO_THREADS)
    assert again.returncode == 0, again.stderr
    went_on = re.search(r"goes on after epoch (\d+)", again.stdout)
    assert went_on is not None
    after = int(went_on[1])
    assert 2 <= after < EPOCHS
    done = [int(number) for number in re.findall(r"^sgns: epoch (\d+):", again.stdout, re.M)]
    assert done == list(range(after + 1, EPOCHS + 1))

    # Never interrupted, and in one process.
    uninterrupted = run_python(whole, *TRAIN)
    assert uninterrupted.returncode == 0, uninterrupted.stderr
    assert "goes on" not in uninterrupted.stdout
    for folder in (killed, whole):
        assert list((folder / SCRATCH).iterdir()) == []
    names = sorted(path.name for path in (whole / OUT).iterdir())
    assert "vectors.safetensors" in names and "history.csv" in names
    for name in names:
        assert (killed / OUT / name).read_bytes() == (whole / OUT / name).read_bytes(), name


def test_verify_says_the_same_digest_of_one_thread_and_of_two(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", 200, epochs=2)
    done = run_python(folder, "-m", "stages.sgns", "verify")
    assert done.returncode == 0, done.stderr
    digests = re.findall(r"([12]) thread\(s\): sha256 ([0-9a-f]{64})$", done.stdout, re.M)
    assert [threads for threads, _ in digests] == ["1", "2"]
    assert digests[0][1] == digests[1][1]
    assert "the same, byte by byte" in done.stdout
    assert not (folder / "models").exists() and not (folder / SCRATCH).exists()
