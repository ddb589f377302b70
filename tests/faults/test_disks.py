"""Full disks, quotas, read-only folders: one sentence, exit 1, and what was there is there."""

import resource
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.faults.disks import Disk, small_disk
from tests.faults.running import Stage, contents, stage_of, strays
from tests.faults.tally import survived
from tests.pipeline.project import Done, Project

pytestmark = pytest.mark.faults

WRITERS = (
    *("check", "download", "tokenize", "sgns", "lens"),
    *("classify-baseline@40", "classify@40", "explore", "report", "export"),
)


@pytest.fixture(params=WRITERS)
def stage(request: pytest.FixtureRequest, finished_project: Project) -> Stage:
    return stage_of(finished_project, request.param)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk", "64m") as disk:
        if disk is None:
            pytest.skip("only root may mount a file system")
        yield disk


@pytest.fixture
def on_disk(finished_project: Project, disk: Disk) -> Project:
    return finished_project.copy(disk.folder / "project")


def check_refusal(project: Project, stage: Stage, right: object, done: Done) -> None:
    """The stage said one sentence at its end, and no output differs from what it was."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"{stage.name.split('@')[0].split('-')[0]}: "), done.stderr
    assert "fault of the program" not in last and "(" in last, done.stderr  # it says where
    assert contents(project.root, stage.outputs) == right
    # A whole checkpoint or table is no stray: the stage goes on from it.
    left = [path for path in strays(project.root) if not path.startswith(".scratch/tokenize/")]
    assert [path for path in left if not path.endswith(".safetensors")] == []


def check_recovery(project: Project, stage: Stage, right: object) -> None:
    done = project.run(*stage.command)
    assert done.returncode == 0, done.stderr
    assert contents(project.root, stage.outputs) == right
    assert strays(project.root) == []


@pytest.mark.parametrize("share", [0.0, 0.5], ids=["nothing free", "half of it fits"])
def test_full_disk(on_disk: Project, disk: Disk, stage: Stage, share: float) -> None:
    right = contents(on_disk.root, stage.outputs)
    disk.leave_free(int(share * size_of(on_disk, stage)))
    done = on_disk.run(*stage.command)
    survived("Disks", "full disks")
    check_refusal(on_disk, stage, right, done)
    disk.empty()
    check_recovery(on_disk, stage, right)


def size_of(project: Project, stage: Stage) -> int:
    """Return the size of a stage's outputs in bytes, as a disk counts it."""
    files = [f for path in stage.outputs for f in files_of(project.root / path)]
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in files)


def files_of(path: Path) -> list[Path]:
    return [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]


def test_read_only_folder(on_disk: Project, disk: Disk, stage: Stage) -> None:
    right = contents(on_disk.root, stage.outputs)
    with disk.read_only():
        done = on_disk.run(*stage.command)
    survived("Disks", "read-only folders")
    check_refusal(on_disk, stage, right, done)
    check_recovery(on_disk, stage, right)


def test_quota_in_the_middle_of_a_write(project: Project, stage: Stage) -> None:
    right = contents(project.root, stage.outputs)
    sizes = [p.stat().st_size for path in stage.outputs for p in files_of(project.root / path)]
    # No file may grow beyond a size, as a quota would have it.
    size = max(1, max(sizes) // 2)
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))
    done = project.run_truly(stage.command, {}, limit)
    survived("Disks", "quotas in mid-write")
    check_refusal(project, stage, right, done)
    check_recovery(project, stage, right)
