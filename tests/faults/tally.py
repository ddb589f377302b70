"""What was put in and survived, by promise; the seed of the plans, and how much is tried."""

import os
from collections import Counter
from random import Random

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
