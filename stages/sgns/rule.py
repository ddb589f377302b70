"""How far a step moves a row: what the compiled loops and PyTorch's optimizer have in common.

RMSprop (Tieleman and Hinton, 2012) with one scale for a whole row: a row moves by lr * gradient /
rms, where rms**2 is the running mean of the row's mean squared gradient over the steps that used
it. Like Adam's, the mean is corrected for all steps so far; rows that were seldom used keep a
small rms, so that rare words move far.

The rms is taken relative to how much negatives stretch the gradient: else the same lr would move
positives the less, the more negatives there are, and a comparison over K would be one of training
length.
"""

import math

import numpy as np

DECAY = 0.99  # of the running mean of the squared gradient
LEAST_SQUARE = float(np.finfo(np.float32).tiny)  # instead of 0, where no gradient was yet


def stretch(objective: str, negatives: int) -> float:
    """Return how many times as long K negatives make a row's gradient as one does.

    ``nce``: sqrt((1 + K) / 2). Before training every score is 0 and every comparison pulls alike,
    each in a direction of its own: the squared length grows as the number of comparisons, 1 + K
    a positive. ``infonce``: 1, since all negatives share what the positive misses.
    """
    return math.sqrt((1 + negatives) / 2) if objective == "nce" else 1.0
