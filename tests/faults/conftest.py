"""Fixtures of the pipeline's tests, and the summary of what was survived."""

import pytest

from tests.faults.tally import SEED, TALLY
from tests.pipeline.conftest import finished_project, project

__all__ = ["finished_project", "project"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many faults were put in, of which kind."""
    if TALLY:
        terminalreporter.section(f"faults survived (FAULTS_SEED={SEED})")
        for kind, count in sorted(TALLY.items()):
            terminalreporter.line(f"{count:5d} {kind}")
