"""How many faults were put in, for the summary at the end of a run; and the seed of the plans."""

import os
from collections import Counter
from random import Random

SEED = int(os.environ.get("FAULTS_SEED", "0"))
TALLY: Counter[str] = Counter()


def plan(*names: object) -> Random:
    """Return the random numbers of one test: the same for the same seed and names."""
    return Random("/".join(map(str, (SEED, *names))))
