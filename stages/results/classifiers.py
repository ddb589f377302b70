"""``models/classify``: what was measured of classifiers, a row a run, and those that are kept."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stages.core.arrays import BoolArray, read_array, write_array

CLASSIFY = Path("models/classify")
CLASSIFY_BASELINE = CLASSIFY / "baseline"
CLASSIFY_GRID = CLASSIFY / "grid"
CLASSIFY_USUAL = CLASSIFY / "usual"
CLASSIFY_VARIANT = CLASSIFY / "variant"
CLASSIFIER_FILE = "classifier.safetensors"
CORRECT_FILE = "correct.npy"

BUDGET = "budget"  # labelled examples that were asked for
N_LABELS = "n_labels"  # those that there were
METHOD = "method"  # one of those of stages.results.methods, or a variant of word2vec
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


def read_correct(folder: Path) -> BoolArray:
    """Read what ``write_correct`` wrote; raises StageError if it is missing or damaged."""
    return read_array(folder / CORRECT_FILE)
