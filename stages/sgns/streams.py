"""Names of the random streams of this package: see ``stages.core.randomness``.

Each is numbered by the model, so that a model draws the same whichever are trained beside it.
"""

INITIAL = "sgns.initial"  # centre vectors before training
BATCHES = "sgns.batches"  # of an epoch: order of rows, subsampling, radii, negatives
EVALUATION = "sgns.evaluation"  # the same for the validation loss, of every epoch
