"""Fixtures of the pipeline's tests."""

from tests.pipeline.conftest import finished_project, project

__all__ = ["finished_project", "project"]
