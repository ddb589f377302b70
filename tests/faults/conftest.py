"""Fixtures of the pipeline's tests, and the summary of what was survived."""

import os

import pytest

from tests.faults.record import PROMISES, with_figures
from tests.faults.tally import SEED, SHARE, SURVIVED
from tests.pipeline.conftest import finished_project, project

__all__ = ["finished_project", "project"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Say what was survived; with FAULTS_RECORD set, write it into docs/promises.md too."""
    if not SURVIVED:
        return
    terminalreporter.section(f"survived (FAULTS_SEED={SEED} FAULTS_SHARE={SHARE:g})")
    for promise, kinds in sorted(SURVIVED.items()):
        for kind, count in sorted(kinds.items()):
            terminalreporter.line(f"{promise}: {count:,} {kind}")
    if os.environ.get("FAULTS_RECORD") and exitstatus == 0:
        PROMISES.write_text(with_figures(PROMISES.read_text("utf-8"), SURVIVED), "utf-8")
        terminalreporter.line("written into docs/promises.md")
