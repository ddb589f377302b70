"""Holding validation rows out of the labelled training split."""

from collections.abc import Sequence

import numpy as np

from stages.console import StageError
from stages.files.arrays import LongArray
from stages.files.raw import LabelledRow


def hold_out(
    rows: Sequence[LabelledRow], validation: int, seed: int
) -> tuple[LongArray, LongArray]:
    """Choose whole groups at random until ``validation`` rows are held out.

    The last group is cut to the exact number, and what is cut off is dropped: it may stand
    neither in validation (too many rows) nor in the pool (its group is in validation).

    Returns:
        Row numbers of the training pool and of validation, both rising.

    Raises:
        StageError: there are not more rows than ``validation``.
    """
    if validation >= len(rows):
        raise StageError(
            f"data.validation is {validation:,}, but the training split has {len(rows):,} rows; "
            "it must be smaller."
        )
    groups = np.array([row.group for row in rows])
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
