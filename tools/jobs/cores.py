"""Which cores a stage may use while others run beside it."""

import math
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup/cpu.max")
# What OpenMP, MKL, OpenBLAS, Accelerate, NumExpr and Polars read when they start.
THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "POLARS_MAX_THREADS",
)


def allowed_cores() -> list[int]:
    """Return the numbers of the cores this process may use: no more than its container's limit."""
    if hasattr(os, "sched_getaffinity"):
        cores = sorted(os.sched_getaffinity(0))
    else:
        cores = list(range(os.cpu_count() or 1))
    with suppress(OSError, ValueError):  # no such control group, or "max": no limit
        quota, period = _GROUP.read_text().split()
        cores = cores[: max(1, math.ceil(int(quota) / int(period)))]
    return cores


class Cores:
    """Cores, and how many stages use each."""

    def __init__(self, cores: Sequence[int]) -> None:
        """All of them idle."""
        self._users = dict.fromkeys(cores, 0)

    def take(self, parties: int, shared: bool) -> list[int]:
        """Return an equal share of the idle cores; empty if none is idle.

        Args:
            parties: stages that could start now; one alone gets all that is idle.
            shared: there are more jobs than cores: take the least used core where none is idle.
        """
        idle = [core for core, users in self._users.items() if users == 0]
        share = idle[: max(1, len(idle) // parties)]
        if not share and shared:
            share = [min(self._users, key=lambda core: self._users[core])]
        for core in share:
            self._users[core] += 1
        return share

    def give_back(self, cores: Sequence[int]) -> None:
        """Say that a stage has ended."""
        for core in cores:
            self._users[core] -= 1


def limit_threads(environment: Mapping[str, str], cores: int) -> dict[str, str]:
    """Return ``environment`` with no more threads than ``cores``; fewer, where it says so."""
    limits = {name: str(cores) for name in THREADS}
    for name in THREADS:
        with suppress(KeyError, ValueError):
            limits[name] = str(min(cores, max(1, int(environment[name]))))
    return {**environment, **limits}
