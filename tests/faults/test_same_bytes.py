"""Same bytes: fresh clones in other surroundings make the same data, models, plots and lock."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.running import differing
from tests.faults.tally import survived
from tests.pipeline.project import Project

pytestmark = pytest.mark.faults


@dataclass(frozen=True)
class Surroundings:
    """What may differ between two people who run the same thing."""

    folder: str
    threads: int
    processors: int | None  # None: all there are
    umask: int
    settings: dict[str, str] = field(default_factory=dict)


# The run to compare with has one thread, all processors, C.UTF-8, a plain folder, umask 022.
CASES = [
    Surroundings(
        "zwei Fäden/データ",
        threads=2,
        processors=None,
        umask=0o077,
        settings={"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
    ),
    Surroundings(
        "four threads",
        threads=4,
        processors=None,
        umask=0o002,
        settings={"LC_ALL": "C", "TZ": "America/St_Johns", "PYTHONHASHSEED": "4294967295"},
    ),
    Surroundings(
        "one-processor",
        threads=1,
        processors=1,
        umask=0o027,
        settings={"LC_ALL": "de_DE.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "12345"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.folder for case in CASES])
def test_fresh_clone_elsewhere(
    finished_project: Project, tmp_path: Path, case: Surroundings
) -> None:
    folder = tmp_path / case.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    clone = finished_project.clone(folder)
    clone.output("git", "checkout", "--quiet", "HEAD~1")  # before the first run
    assert not (clone.root / "plots").exists()

    def enter() -> None:
        os.umask(case.umask)
        if case.processors is not None:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: case.processors])

    settings = case.settings | {"OMP_NUM_THREADS": str(case.threads)}
    done = clone.run_truly(("dvc", "repro"), settings, enter)
    assert done.returncode == 0, done.stderr
    assert differing(clone, finished_project) == []
    survived("Same bytes", "fresh clones in other surroundings")
