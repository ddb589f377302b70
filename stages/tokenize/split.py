"""Holding validation rows out of the labelled training split."""

import numpy as np

from stages.core.arrays import LongArray
from stages.core.console import StageError
from stages.core.randomness import stream

VALIDATION = "tokenize.validation"  # random stream


def hold_out(groups: LongArray, at_most: int, seed: int) -> tuple[LongArray, LongArray]:
    """Choose whole groups at random until enough rows are held out.

    That is ``at_most``, but never more than half of all rows, and one group is always left. The
    last group is cut to the exact number, and what is cut off is dropped: it may stand neither in
    validation (too many rows) nor in the pool (its group is in validation).

    Args:
        groups: (rows,) the group of each row.
        at_most: rows to hold out where there are at least twice as many.
        seed: ``seed`` of params.yaml.

    Returns:
        Row numbers of the training pool and of validation, both rising.

    Raises:
        StageError: all rows are of one group.
    """
    names = np.unique(groups)
    if len(names) < 2:
        raise StageError(
            "all rows of the training split are of one group, so none can be held out to validate "
            "on; give them at least two groups."
        )
    rank = np.empty(len(names), np.int64)
    rank[stream(VALIDATION, seed).permutation(len(names))] = np.arange(len(names))
    order = np.argsort(rank[np.searchsorted(names, groups)], kind="stable")
    left = int((groups == groups[order[-1]]).sum())  # in the last group
    held_out = order[: min(at_most, len(groups) // 2, len(groups) - left)]
    in_pool = ~np.isin(groups, np.unique(groups[held_out]))
    return np.flatnonzero(in_pool), np.sort(held_out)
