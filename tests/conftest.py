"""What all tests share: threads, and how they are dealt out to processes."""

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# The tests' models are tiny, and their child processes many: threads would only wait in line.
os.environ.setdefault("OMP_NUM_THREADS", "1")

WHOLE_PIPELINE = ("tests/pipeline/", "tests/faults/")  # their tests share one finished run


class ByFixture(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Keeps together, on one process, what shares an expensive fixture: mostly a file."""

    def _split_scope(self, nodeid: str) -> str:
        return "pipeline" if nodeid.startswith(WHOLE_PIPELINE) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFixture:
    """Deal tests out to processes, if there are several."""
    return ByFixture(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_PIPELINE))
