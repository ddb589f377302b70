"""Names of the random streams of this package: see ``stages.core.randomness``.

Each is numbered by the run, so that a run draws the same whichever runs are trained beside it,
and those of an epoch by the epoch too. No stream knows the arm: arms of one run share all draws.
"""

SUBSET = "classify.subset"  # which labelled examples
TABLE = "classify.table"  # initial rows of the embedding
WEIGHTS = "classify.weights"  # initial weights beside it
PERMUTATION = "classify.permutation"  # which word gets which vector in the shuffled arm
SHUFFLE = "classify.shuffle"  # order of the examples in an epoch
DROPOUT = "classify.dropout"  # embedding components hidden in an epoch
TOKEN_DROPOUT = "classify.token-dropout"  # tokens hidden in an epoch
