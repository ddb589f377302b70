"""Kills: whatever moment one comes at, what is run again ends in the undisturbed bytes."""

import signal
import time
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.faults.running import (
    Stage,
    contents,
    differing,
    end,
    finish,
    orphans,
    stage_of,
    start,
    strays,
)
from tests.faults.tally import SEED, plan, survived, times
from tests.pipeline.project import Project, new_project

pytestmark = pytest.mark.faults

STAGES = (
    *("check", "download", "tokenize", "sgns", "lens"),
    *("classify-baseline@40", "classify@40", "explore", "report", "export"),
)
SIGNALS = (  # to whom: the whole group, as Ctrl-\ and a closed terminal do, or the stage alone
    (signal.SIGKILL, True),
    (signal.SIGKILL, False),
    (signal.SIGTERM, False),
)
RANDOM_KILLS, CHOSEN_KILLS, CHAIN = times(6), times(9), 3  # a stage; between two whole runs
WORKER_KILLS, CHECKPOINT_KILLS, REPRO_KILLS = times(4), times(2), times(30)


class Victim:
    """A stage in a project, to be killed as often as one likes and then run to its end."""

    def __init__(self, project: Project, stage: Stage, random: Random) -> None:
        self.project, self.stage, self.random = project, stage, random
        self.right = contents(project.root, stage.outputs)
        self.story = [f"FAULTS_SEED={SEED}", stage.name]

    def lose_outputs(self) -> None:
        """Now and then, do as DVC does before it runs a stage: remove what it will write."""
        if self.random.random() < 0.5:
            self.story.append("outputs removed")
            for path in self.stage.outputs:
                self.project.output("rm", "-rf", path)

    def check_killed(self, leader: int, how: str) -> None:
        """After a kill: nothing runs on, and every output is absent or whole."""
        self.story.append(how)
        assert orphans(leader) == [], self.story
        found = contents(self.project.root, self.stage.outputs)
        broken = [path for path, each in found.items() if each not in (None, self.right[path])]
        assert broken == [], self.story

    def run_again(self) -> None:
        """Run to the end: the undisturbed bytes, and nothing else."""
        process = start(self.project, self.stage.command)
        said = finish(process)
        assert process.returncode == 0, (self.story, said)
        assert contents(self.project.root, self.stage.outputs) == self.right, self.story
        assert strays(self.project.root) == [], self.story
        assert orphans(process.pid) == [], self.story


@pytest.fixture(params=STAGES)
def victim(request: pytest.FixtureRequest, project: Project) -> Victim:
    name = request.param
    return Victim(project, stage_of(project, name), plan(request.node.name))


def test_stage_killed_at_random_moments(victim: Victim) -> None:
    began = time.monotonic()
    victim.run_again()
    seconds = time.monotonic() - began
    kills = 0
    while kills < RANDOM_KILLS:
        victim.lose_outputs()
        for number, group in victim.random.sample(SIGNALS, CHAIN):
            process = start(victim.project, victim.stage.command)
            after = victim.random.uniform(0.1, 1.0) * seconds
            time.sleep(after)
            if end(process, number, group):
                kills += 1
                survived("Kills", "of a stage at a random moment")
            victim.check_killed(process.pid, f"{number.name} after {after:.2f} s, group {group}")
        victim.run_again()


def test_stage_killed_between_changes_of_files(victim: Victim, tmp_path: Path) -> None:
    changes = changes_of(victim, tmp_path / "notes")
    # Between the two renames of a folder it has neither the old nor the new one.
    between = [
        n for n, (a, b) in enumerate(pairwise(changes), 2) if "rename" in a and "rename" in b
    ]
    wanted = min(CHOSEN_KILLS, len(changes))
    points = victim.random.sample(between, min(len(between), 3, wanted))
    others = [n for n in range(1, len(changes) + 1) if n not in points]
    points += victim.random.sample(others, wanted - len(points))
    victim.random.shuffle(points)
    for first in range(0, len(points), CHAIN):
        for number in points[first : first + CHAIN]:
            # Where the last kill lost an output there are fewer changes: then it ends whole.
            command = victim.stage.stopped_at("any", "", number, tmp_path / "notes")
            process = start(victim.project, command)
            said = finish(process)
            assert process.returncode in {-signal.SIGKILL, 0}, (victim.story, said)
            survived("Kills", "of a stage before a chosen change of a file", process.returncode < 0)
            victim.check_killed(process.pid, f"before change {number} of {len(changes)}")
        victim.run_again()


def changes_of(victim: Victim, notes: Path) -> list[str]:
    """Return the changes of files that the stage makes when nothing stops it."""
    process = start(victim.project, victim.stage.stopped_at("any", "", 0, notes))
    assert finish(process) is not None
    assert process.returncode == 0
    return [line for line in notes.read_text("utf-8").splitlines() if "/.scratch/" not in line]


@pytest.mark.parametrize("kind", ["open", "torn", "rename"])
def test_sgns_killed_in_the_middle_of_a_checkpoint(
    project: Project, kind: str, tmp_path: Path
) -> None:
    victim = Victim(project, stage_of(project, "sgns"), plan("checkpoint", kind))
    for number in range(1, CHECKPOINT_KILLS + 1):
        command = victim.stage.stopped_at(kind, ".scratch", number, tmp_path / "notes")
        process = start(project, command)
        finish(process)
        survived("Kills", "of sgns in the middle of a checkpoint", process.returncode < 0)
        victim.check_killed(process.pid, f"{kind} of checkpoint {number}")
        if number == 1:
            assert process.returncode == -signal.SIGKILL
    victim.run_again()


def test_repro_killed_at_random_moments(finished_project: Project, tmp_path: Path) -> None:
    random, kills, story = plan("repro"), 0, [f"FAULTS_SEED={SEED}"]
    for attempt in range(3):
        project = new_project(tmp_path / str(attempt))
        while kills < REPRO_KILLS:
            process = start(project, ("dvc", "repro"))
            after = random.uniform(1.0, 9.0)
            time.sleep(after)
            story.append(f"killed after {after:.2f} s")
            killed = end(process, signal.SIGKILL, group=True)
            assert killed or process.returncode == 0, story
            assert orphans(process.pid) == [], story
            if not killed:
                break
            kills += 1
            survived("Kills", "of `dvc repro` at a random moment")
        project.output("dvc", "repro")
        assert differing(project, finished_project) == [], story
        assert strays(project.root) == [], story
        if kills >= REPRO_KILLS:
            return
