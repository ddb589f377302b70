"""What was put in and survived, by promise; the seed of the plans, and how much is tried.

It is a plugin of pytest, which prints the counts: of all processes that share the tests.
"""

import os
from collections import Counter
from random import Random
from typing import Any

import pytest

SEED = int(os.environ.get("FAULTS_SEED", "0"))
SHARE = float(os.environ.get("FAULTS_SHARE", "1"))  # of a full run's kills, turns and cases
SURVIVED = Counter[tuple[str, str]]()


def survived(promise: str, what: str, number: int = 1) -> None:
    """Count faults of a kind, for the summary at the end."""
    SURVIVED[promise, what] += number


def times(full: int) -> int:
    """Return how often to do what a full run does so many times."""
    return max(1, round(full * SHARE))


def plan(*names: object) -> Random:
    """Return the random numbers of one test: the same for the same seed and names."""
    return Random("/".join(map(str, (SEED, *names))))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the counts of one of several processes to that which prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["survived"] = [[*key, n] for key, n in SURVIVED.items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the counts of one that has ended."""
    for promise, what, number in getattr(node, "workeroutput", {}).get("survived", []):
        survived(promise, what, number)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was survived, unless faults were left out."""
    if not SURVIVED or "not faults" in terminalreporter.config.option.markexpr:
        return
    terminalreporter.section(f"survived (FAULTS_SEED={SEED} FAULTS_SHARE={SHARE:g})")
    for (promise, what), number in sorted(SURVIVED.items()):
        terminalreporter.line(f"{promise}: {number:,} {what}")
