"""The headline metrics, for ``dvc metrics`` and ``dvc exp show``."""

from typing import Any

from stages.check.whole import Params
from stages.report.intervals import Intervals
from stages.report.tables import Tables
from stages.results.classifiers import BUDGET, N_LABELS
from stages.results.methods import WORD2VEC
from stages.vectors.vectors import VALIDATION_LOSS


def headline_metrics(tables: Tables, intervals: Intervals, params: Params) -> dict[str, Any]:
    """Return test accuracy and gain over vanilla (points) by budget, and the SGNS loss."""
    accuracies = intervals.accuracy_of(WORD2VEC).set_index(N_LABELS)["mean"]
    gains = intervals.gain_of(WORD2VEC).set_index(N_LABELS)["mean"]
    accuracy: dict[str, float] = {}
    gain: dict[str, float] = {}
    for budget in params.classify.budgets:
        labels = tables.results[tables.results[BUDGET] == budget][N_LABELS].iloc[0]
        accuracy[str(budget)] = round(float(accuracies[labels]), 5)
        gain[str(budget)] = round(float(gains[labels]), 3)
    return {
        "word2vec_test_accuracy": accuracy,
        "gain_over_vanilla_points": gain,
        "sgns_validation_loss": round(float(intervals.losses[VALIDATION_LOSS]["mean"].iloc[-1]), 5),
        "grid_reproduces_main": tables.grid_reproduces_main,
    }
