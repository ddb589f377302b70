"""Killing ``python -m stages.sgns`` and running it again, as a user or the system may."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stages.sgns.checkpoint import SCRATCH
from stages.workers import CAN_FORK, usable_cores
from tests.sgns.examples import write_project
from tests.support import child_environment, files_below, run_python

OUT = "models/sgns/main"
TRAIN = ("-m", "stages.sgns", "train", "--R", "3", "--K", "2", "--out", OUT)
EPOCHS = 12
MODELS = 3
PROCESSES = min(usable_cores(), MODELS) if CAN_FORK else 1
ONE_CORE = """
import os, runpy, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.argv = ["train", *sys.argv[1:]]
runpy.run_module("stages.sgns", run_name="__main__")
"""


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
        env=child_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any("model 2, epoch 2:" in line for line in process.stdout)
        children: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL  # it had not finished
    return children


def test_a_killed_training_goes_on_where_it_was_and_ends_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    killed, whole = (
        write_project(tmp_path / name, 2000, epochs=EPOCHS, models=MODELS)
        for name in ("killed", "whole")
    )
    children = killed_after_epoch_two(killed)
    deadline = time.monotonic() + 20
    while any(map(is_running, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    orphans = [child for child in children if is_running(child)]
    for orphan in orphans:
        orphan.kill()
    assert len(children) == (PROCESSES if PROCESSES > 1 else 0) and not orphans
    assert not (killed / OUT).exists()
    [folder] = (killed / SCRATCH).iterdir()
    left = folder / "model-0-0123456789abcdef.safetensors"
    left.write_bytes(b"of other parameters")

    again = run_python(killed, *TRAIN)
    assert again.returncode == 0, again.stderr
    went_on = dict(re.findall(r"model (\d+) goes on after epoch (\d+)", again.stdout))
    assert "2" in went_on and 2 <= int(went_on["2"]) < EPOCHS
    done = re.findall(r"^sgns: model (\d+), epoch (\d+):", again.stdout, re.M)
    for model in map(str, range(1, MODELS + 1)):
        mine = [int(epoch) for number, epoch in done if number == model]
        assert mine == list(range(int(went_on.get(model, -1)) + 1, EPOCHS + 1))

    # Never interrupted, and in one process.
    uninterrupted = run_python(whole, "-c", ONE_CORE, *TRAIN[2:])
    assert uninterrupted.returncode == 0, uninterrupted.stderr
    assert "goes on" not in uninterrupted.stdout
    for folder in (killed, whole):
        assert list((folder / SCRATCH).iterdir()) == []
    files = files_below(whole / OUT)
    assert {"vectors.safetensors", "history.csv", "model-2/vectors.safetensors"} <= set(files)
    assert files_below(killed / OUT) == files


def test_verify_says_the_same_digest_of_one_process_and_of_two(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", 200, epochs=2)
    done = run_python(folder, "-m", "stages.sgns", "verify")
    assert done.returncode == 0, done.stderr
    digests = re.findall(r"([12]) process\(es\): sha256 ([0-9a-f]{64})$", done.stdout, re.M)
    assert [threads for threads, _ in digests] == ["1", "2"]
    assert digests[0][1] == digests[1][1]
    assert "the same, byte by byte" in done.stdout
    assert not (folder / "models").exists() and not (folder / SCRATCH).exists()


@pytest.mark.skipif(PROCESSES < 2, reason="one process trains all")
def test_a_killed_worker_ends_the_stage_soon_and_in_one_sentence(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", 2000, epochs=EPOCHS, models=2)
    with subprocess.Popen(
        [sys.executable, *TRAIN],
        cwd=folder,
        env=child_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any("epoch 1:" in line for line in process.stdout)
        children: list[psutil.Process] = psutil.Process(process.pid).children()
        children[-1].kill()
        start = time.monotonic()
        _, errors = process.communicate(timeout=20)
        assert time.monotonic() - start < 2
    assert process.returncode == 1 and not any(map(is_running, children))
    assert errors.splitlines()[-1].startswith("sgns: one of its processes was killed")
    assert "Traceback" not in errors
