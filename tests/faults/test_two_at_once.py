"""Two at once: they may refuse each other in a sentence, but damage nothing."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.faults.running import (
    RESULTS,
    Stage,
    contents,
    differing,
    finish,
    stage_of,
    start,
    strays,
)
from tests.faults.tally import SEED, plan, survived, times
from tests.pipeline.project import Project, new_project

pytestmark = pytest.mark.faults

TURNS = times(3)


def repro_ends_in(right: Project, project: Project, *targets: str) -> None:
    """After whatever was done, ``dvc repro`` makes the undisturbed bytes."""
    project.output("dvc", "repro", *targets)
    paths = RESULTS if not targets else ("data", "models/sgns/main", "models/lens/main")
    assert differing(project, right, paths) == []
    assert strays(project.root) == []


@pytest.mark.parametrize("turn", range(TURNS))
def test_two_repros(finished_project: Project, tmp_path: Path, turn: int) -> None:
    random = plan("two repros", turn)
    project = new_project(tmp_path)
    command = ("dvc", "repro", "lens")
    first = start(project, command)
    time.sleep(random.uniform(0.0, 8.0))
    second = start(project, command)
    said = finish(first), finish(second)
    assert first.returncode == 0 or second.returncode == 0, said
    assert "Traceback" not in "".join(said)
    survived("Two at once", "pairs of `dvc repro`")
    repro_ends_in(finished_project, project, "lens")


@pytest.mark.parametrize("name", ["download", "tokenize", "sgns", "lens", "classify@40"])
def test_one_stage_twice_by_hand(project: Project, name: str) -> None:
    stage, random = stage_of(project, name), plan("by hand", name)
    right = contents(project.root, stage.outputs)
    for _ in range(TURNS):
        for path in stage.outputs:
            remove(project.root / path)
        pair = [start(project, stage.command)]
        time.sleep(random.choice((0.0, 0.0, random.uniform(0.0, 0.3))))
        pair.append(start(project, stage.command))
        said = [finish(process) for process in pair]
        assert "Traceback" not in "".join(said), (SEED, said)
        assert 0 in [process.returncode for process in pair], (SEED, said)
        survived("Two at once", "pairs of one stage")
        assert contents(project.root, stage.outputs) == right, (SEED, said)
        assert strays(project.root) == []


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def test_stages_by_hand_beside_repro(finished_project: Project, tmp_path: Path) -> None:
    random, project = plan("beside"), new_project(tmp_path)
    stages = [stage_of(finished_project, name) for name in ("tokenize", "sgns", "lens")]
    repro = start(project, ("dvc", "repro", "lens"))
    said = by_hand_until(repro, project, stages, random)
    finish(repro)
    assert "Traceback" not in "".join(said)
    repro_ends_in(finished_project, project, "lens")


def by_hand_until(
    repro: "subprocess.Popen[str]", project: Project, stages: Sequence[Stage], random: Random
) -> list[str]:
    """Run stages by hand, in any order, as long as ``dvc repro`` runs; return what they say."""
    said = []
    while repro.poll() is None:
        said.append(finish(start(project, random.choice(stages).command)))
        survived("Two at once", "stages by hand beside `dvc repro`")
    return said


def test_two_queue_workers(finished_project: Project, project: Project, tmp_path: Path) -> None:
    values = ("0.002", "0.003")
    for value in values:
        project.output(
            "dvc", "exp", "run", "--queue", "-S", f"usual.lr={value}", "-n", f"lr{value[-1]}"
        )
    project.output("dvc", "queue", "start", "--jobs", "2")
    wait_for_queue(project, len(values))
    survived("Two at once", "pairs of queue workers")
    repro_ends_in(finished_project, project)
    alone = finished_project.copy(tmp_path / "alone")
    alone.output("dvc", "exp", "run", "-S", "usual.lr=0.003")
    project.output("dvc", "exp", "apply", "lr3")
    assert differing(project, alone) == []


def wait_for_queue(project: Project, tasks: int) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        lines = project.output("dvc", "queue", "status").splitlines()
        assert not [line for line in lines if "Failed" in line], lines
        if sum("Success" in line for line in lines) == tasks:
            return
        time.sleep(1)
    raise AssertionError("the queue did not come to its end")
