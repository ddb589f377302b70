"""Names of the random streams of this package: see ``stages.randomness``.

Each is numbered by the model, so that a model draws the same whichever are trained beside it.
"""

INITIAL = "sgns.initial"  # centre vectors before training
ROWS = "sgns.rows"  # order of the rows in an epoch, which its lanes share
LANE = "sgns.lane"  # all else that a lane draws in an epoch: subsampling, radii, negatives
EVALUATION_ROWS = "sgns.evaluation-rows"  # the same two for the validation loss, of every epoch
EVALUATION_LANE = "sgns.evaluation-lane"
