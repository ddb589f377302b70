"""What all tests share: threads, programs that are forked, and what comes first."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import stages.core  # noqa: F401  # before NumPy
from tests.forks.programs import CAN_FORK, VARIABLE, start_server, write_clients

pytest_plugins = ["tests.faults.tally"]
ROOT = Path(__file__).parents[1]
# What one test has compiled, no other compiles again, in whatever folder it works.
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".scratch/kernels"))
# The tests' models are tiny, and their child processes many: threads would only wait in line.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Results of tests need not outlive a loss of power.
os.fsync = lambda fd: None

settings.register_profile("few", max_examples=25)
settings.register_profile("many", max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "few"))

# The first makes the finished project, for which others would wait; then come the longest.
FIRST = (
    *(
        "tests/pipeline/test_repro.py",
        "tests/tools/test_cluster.py",
        "tests/report/",
        "tests/sgns/",
    ),
    "tests/pipeline/",
)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """Let one server of forks serve all processes that tests are dealt to."""
    if VARIABLE in os.environ:
        return (yield)
    with tempfile.TemporaryDirectory(prefix="forks-", ignore_cleanup_errors=True) as folder:
        write_clients(Path(folder))
        if config.getoption("numprocesses", None) and CAN_FORK:
            start_server()  # which somebody will need
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what others wait for, and with what takes longest."""
    items.sort(key=lambda item: [not item.nodeid.startswith(place) for place in FIRST])
