"""Holding validation rows out of the labelled training split."""

import numpy as np

from stages.console import StageError
from stages.files.arrays import LongArray


def hold_out(groups: LongArray, validation: int, seed: int) -> tuple[LongArray, LongArray]:
    """Choose whole groups at random until ``validation`` rows are held out.

    The last group is cut to the exact number, and what is cut off is dropped: it may stand
    neither in validation (too many rows) nor in the pool (its group is in validation).

    The generator is its own, not a stream of ``stages.randomness``: that would choose other rows,
    and so is for when results are next made anew.

    Args:
        groups: (rows,) the group of each row.
        validation: rows to hold out.
        seed: of the choice.

    Returns:
        Row numbers of the training pool and of validation, both rising.

    Raises:
        StageError: there are not more rows than ``validation``.
    """
    if validation >= len(groups):
        raise StageError(
            f"data.validation is {validation:,}, but the training split has {len(groups):,} rows; "
            "it must be smaller."
        )
    names = np.unique(groups)
    rank = np.empty(len(names), np.int64)
    rank[np.random.default_rng([seed, 1]).permutation(len(names))] = np.arange(len(names))
    order = np.argsort(rank[np.searchsorted(names, groups)], kind="stable")
    held_out = order[:validation]
    in_pool = ~np.isin(groups, np.unique(groups[held_out]))
    if not in_pool.any():
        raise StageError(
            f"data.validation is {validation:,}, which leaves no group of rows to train on; "
            "lower it."
        )
    return np.flatnonzero(in_pool), np.sort(held_out)
