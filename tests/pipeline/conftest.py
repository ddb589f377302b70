"""Fixtures: the pipeline runs once; tests work on copies of what that left."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline import finished
from tests.pipeline.project import Project, new_project


@pytest.fixture(scope="session")
def finished_project() -> Project:
    """The project after one ``dvc repro``, committed; for reading only."""
    return finished.finished_project()


@pytest.fixture
def project(finished_project: Project, tmp_path: Path) -> Iterator[Project]:
    """A copy of the finished project, to do anything with."""
    project = finished_project.copy(tmp_path / "project")
    yield project
    shutil.rmtree(project.root)


@pytest.fixture
def unrun_project(tmp_path: Path) -> Project:
    """The project before its first run."""
    return new_project(tmp_path)
