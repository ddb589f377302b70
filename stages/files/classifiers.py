"""``models/classify``: what was measured of classifiers, a row a run, and those that are kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stages.files.arrays import BoolArray, read_array, write_array
from stages.files.atomic import damaged

if TYPE_CHECKING:
    from stages.files.tables import Table

CLASSIFY = Path("models/classify")
CLASSIFY_BASELINE = CLASSIFY / "baseline"
CLASSIFY_GRID = CLASSIFY / "grid"
CLASSIFY_USUAL = CLASSIFY / "usual"
CLASSIFY_VARIANT = CLASSIFY / "variant"
CLASSIFIER_FILE = "classifier.safetensors"
CORRECT_FILE = "correct.npy"

BUDGET = "budget"  # labelled examples that were asked for
N_LABELS = "n_labels"  # those that there were
METHOD = "method"  # one of those of stages.files.methods, or a variant of word2vec
RUN = "run"
EPOCH = "epoch"
TRAIN_LOSS = "train_loss"
VALIDATION_LOSS = "validation_loss"
VALIDATION_ACCURACY = "validation_accuracy"
TEST_LOSS = "test_loss"
TEST_ACCURACY = "test_accuracy"
TEST_MACRO_F1 = "test_macro_f1"  # mean over the classes of the data set
UNKNOWN_SHARE = "unknown_share"
CLASS = "class"
WORD = "word"  # that a class looks at
SHARE = "share"  # of its attention, where 1 is an equal share of the text
OCCURRENCES = "occurrences"

RESULT_COLUMNS = (
    BUDGET,
    N_LABELS,
    METHOD,
    RUN,
    EPOCH,
    VALIDATION_LOSS,
    VALIDATION_ACCURACY,
    TEST_LOSS,
    TEST_ACCURACY,
    TEST_MACRO_F1,
    UNKNOWN_SHARE,
)
HISTORY_COLUMNS = (
    BUDGET,
    METHOD,
    RUN,
    EPOCH,
    TRAIN_LOSS,
    VALIDATION_LOSS,
    VALIDATION_ACCURACY,
)
ATTENTION_COLUMNS = (BUDGET, METHOD, CLASS, WORD, SHARE, OCCURRENCES)


def write_correct(folder: Path, correct: Sequence[BoolArray]) -> None:
    """Write ``correct.npy``: whether each row of the test split was classified right.

    bool, (lines of results.csv, test rows), lines in the order of ``results.csv``.
    """
    write_array(folder / CORRECT_FILE, np.stack(correct).astype(np.bool_))


def read_correct(folder: Path, made_by: str, accuracies: Sequence[float]) -> BoolArray:
    """Read what ``write_correct`` wrote beside a ``results.csv`` of these test accuracies.

    Raises StageError if it is missing, is of another shape, or has another accuracy in a line.
    """
    path = folder / CORRECT_FILE
    correct = read_array(path, made_by, np.bool_, axes=2)
    if len(correct) != len(accuracies) or not correct.shape[1]:
        raise damaged(path, made_by)
    # Any byte but these would be a truth value that is neither equal to True nor to False.
    if len(correct) and correct.view(np.uint8).max() > 1:
        raise damaged(path, made_by)
    # One row more or less is far beyond what rounding may have left.
    if not np.allclose(correct.mean(1), accuracies, rtol=0, atol=1e-3 / correct.shape[1]):
        raise damaged(path, made_by)
    return correct


def read_results(folder: Path, made_by: str) -> "Table":
    """Read ``results.csv``, a line a run; raises StageError if it is missing or damaged."""
    from stages.files.tables import read_table  # only the report reads tables

    counts = {BUDGET, N_LABELS, RUN, EPOCH}
    shares = {VALIDATION_ACCURACY, TEST_ACCURACY, TEST_MACRO_F1, UNKNOWN_SHARE}
    kinds = {"texts": {METHOD}, "counts": counts, "shares": shares}
    return read_table(folder / "results.csv", made_by, RESULT_COLUMNS, **kinds)


def read_history(folder: Path, made_by: str) -> "Table":
    """Read ``history.csv``, a line an epoch; raises StageError if it is missing or damaged."""
    from stages.files.tables import read_table

    kinds = {"texts": {METHOD}, "counts": {BUDGET, RUN, EPOCH}, "shares": {VALIDATION_ACCURACY}}
    return read_table(folder / "history.csv", made_by, HISTORY_COLUMNS, **kinds)


def read_attention(folder: Path, made_by: str) -> "Table":
    """Read ``attention.csv``, a line a word; raises StageError if it is missing or damaged."""
    from stages.files.tables import read_table

    kinds = {"texts": {METHOD, CLASS, WORD}, "counts": {BUDGET, OCCURRENCES}}
    return read_table(folder / "attention.csv", made_by, ATTENTION_COLUMNS, **kinds)
