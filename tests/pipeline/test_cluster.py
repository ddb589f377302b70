"""``make repro JOBS=2`` on this pipeline: the bytes of ``dvc repro``."""

import sys

import pytest

from tests.pipeline.project import Project, stages_run
from tests.support import REPOSITORY, files_below


def results(project: Project) -> dict[str, bytes]:
    """Return every file but Git's, DVC's notes and the code."""
    return {
        path: content
        for path, content in files_below(project.root).items()
        if path.startswith(("data/", "models/", "plots/", "dvc.lock"))
    }


@pytest.mark.slow
def test_stages_side_by_side_make_what_dvc_repro_makes(
    finished_project: Project, unrun_project: Project
) -> None:
    unrun_project.output("dvc", "repro", "tokenize")
    cluster = (sys.executable, "-m", "tools.cluster", "--jobs=2")
    done = unrun_project.run_truly(
        (*cluster, "--leave=report", "--link=.scratch"), {"PYTHONPATH": str(REPOSITORY)}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert stages_run(unrun_project.output("dvc", "repro")) == ["report"]
    made, expected = results(unrun_project), results(finished_project)
    assert made.keys() == expected.keys()
    assert [path for path in expected if made[path] != expected[path]] == []
