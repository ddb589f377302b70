"""One training shared out: by threads, and by processes that torchrun starts."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from stages.core.console import StageError
from stages.sgns import stage
from stages.sgns.checkpoint import SCRATCH
from stages.sgns.launch import OPTIONS
from stages.sgns.team import Team
from stages.sgns.trainer import Epoch
from tests.sgns.examples import config, topic_trainer, write_project
from tests.support import child_environment, files_below, run_python

OUT = "models/sgns/main"
TRAIN = ("-m", "stages.sgns", "train", "--R", "3", "--K", "2", "--out", OUT)


def trained(parts: int, threads: int) -> tuple[list[Epoch], bytes]:
    trainer = topic_trainer(config(parts=parts, subsample=0.01), team=Team(threads))
    history = list(trainer.run())
    return history, b"".join(array.tobytes() for array in trainer.learner.state().values())


def test_threads_change_no_byte_and_parts_only_roundings() -> None:
    (whole, _), (history, state) = trained(1, 1), trained(4, 1)
    for threads in (2, 3, 4):
        assert trained(4, threads) == (history, state)
    losses = [[epoch.validation.total for epoch in epochs] for epochs in (whole, history)]
    assert losses[0] != losses[1]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def start(project: Path, group: int, groups: int, each: int, port: int) -> subprocess.Popen[str]:
    """Start the training as one of several machines would, each with so many processes."""
    where = f"--nnodes {groups} --node-rank {group} --master-addr 127.0.0.1 --master-port {port}"
    environment = child_environment(project) | {OPTIONS: f"{where} --nproc-per-node {each}"}
    return subprocess.Popen(
        [sys.executable, *TRAIN],
        cwd=project,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(said: str, process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert any(said in line for line in process.stdout)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class FourProcesses:
    """The first of four."""

    rank, size = 0, 4
    started = staticmethod(lambda: True)


def test_two_processes_leave_the_bytes_of_one(tmp_path: Path) -> None:
    alone, shared = (
        write_project(tmp_path / name, 500, models=2, parts=4) for name in ("alone", "shared")
    )
    done = run_python(alone, *TRAIN)
    _, said = start(shared, 0, 1, 2, free_port()).communicate(timeout=120)
    assert files_below(shared / OUT) == files_below(alone / OUT), done.stderr + said


@pytest.mark.slow
@pytest.mark.parametrize("each", [1, 2])
def test_machines_that_lose_one_go_on_to_the_bytes_of_one_process(
    each: int, tmp_path: Path
) -> None:
    alone, first, second = (
        write_project(tmp_path / name, 2000, epochs=12, models=1, parts=4)
        for name in ("alone", "first", "second")
    )
    done = run_python(alone, *TRAIN)
    assert done.returncode == 0, done.stderr

    port = free_port()
    groups = [start(project, n, 2, each, port) for n, project in enumerate((first, second))]
    wait_for("epoch 3:", groups[0])
    killed = time.monotonic()
    psutil.Process(groups[1].pid).children()[-1].kill()
    said = [group.communicate(timeout=60)[1] for group in groups]
    assert time.monotonic() - killed < 20
    assert all(group.returncode == 1 for group in groups), said
    assert "another process of this training has ended" in said[0]
    assert "was ended by SIGKILL" in said[1] and "Traceback" not in "".join(said)

    groups = [start(project, n, 2, each, port) for n, project in enumerate((first, second))]
    told = [group.communicate(timeout=120)[0] for group in groups]
    assert re.search(r"model 1 goes on after epoch [3-9]", told[0]) and told[1] == ""
    assert files_below(first / OUT) == files_below(alone / OUT)
    assert not (second / OUT).exists() and list((first / SCRATCH).iterdir()) == []


def test_processes_that_cannot_share_the_parts_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stage, "Exchange", FourProcesses)
    assert stage.joined(config(parts=8), "cpu") is not None
    with pytest.raises(StageError, match="4 processes share this training"):
        stage.joined(config(parts=6), "cpu")
    with pytest.raises(StageError, match="set device to cpu"):
        stage.joined(config(parts=8), "cuda")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_with_a_sentence(number: signal.Signals, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", 2000, epochs=200, models=1, parts=2)
    launcher = start(project, 0, 1, 2, free_port())
    wait_for("epoch 1:", launcher)
    workers = psutil.Process(launcher.pid).children()
    launcher.send_signal(number)
    _, said = launcher.communicate(timeout=60)
    assert launcher.returncode == 1 and "sgns: interrupted; nothing half-written" in said
    assert "fault of the program" not in said
    assert not any(worker.is_running() for worker in workers)
