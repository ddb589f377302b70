"""Fixtures of the pipeline's tests, and the counts of what was survived."""

import pytest

from tests.faults.tally import SEED, SHARE, SURVIVED
from tests.pipeline.conftest import finished_project, project

__all__ = ["finished_project", "project"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was survived."""
    if SURVIVED:
        terminalreporter.section(f"survived (FAULTS_SEED={SEED} FAULTS_SHARE={SHARE:g})")
    for (promise, what), number in sorted(SURVIVED.items()):
        terminalreporter.line(f"{promise}: {number:,} {what}")
