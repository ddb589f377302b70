"""What all tests share: threads, and how they are dealt out to processes."""

import os
from pathlib import Path

import pytest

# The tests' models are tiny, and their child processes many: threads would only wait in line.
os.environ.setdefault("OMP_NUM_THREADS", "1")

TESTS = Path(__file__).parent
WHOLE_PIPELINE = ("pipeline", "faults")  # folders whose tests share one finished run


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in this hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together, on one process, what shares an expensive fixture; the longest comes first."""
    for item in items:
        group = item.path.relative_to(TESTS).parts[0]
        shared = group in WHOLE_PIPELINE
        item.add_marker(pytest.mark.xdist_group("pipeline" if shared else str(item.path)))
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in WHOLE_PIPELINE)
