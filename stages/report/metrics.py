"""The headline metrics, for ``dvc metrics`` and ``dvc exp show``."""

from typing import Any

from stages.files.classifiers import BUDGET, EPOCH, METHOD, TEST_ACCURACY, VANILLA, WORD2VEC
from stages.params.whole import Params
from stages.report.statistics import paired_difference
from stages.report.tables import Tables, grid_reproduces_main

POINTS = 100  # accuracy points in an accuracy of 1


def headline_metrics(tables: Tables, params: Params) -> dict[str, Any]:
    """Return test accuracy and gain over vanilla (points) by budget, and the SGNS loss."""
    accuracy: dict[str, float] = {}
    gain: dict[str, float] = {}
    for budget in params.classify.budgets:
        rows = tables.results[tables.results[BUDGET] == budget]
        word2vec = rows[rows[METHOD] == WORD2VEC][TEST_ACCURACY]
        difference = paired_difference(rows, TEST_ACCURACY, WORD2VEC, VANILLA)
        accuracy[str(budget)] = round(float(word2vec.mean()), 5)
        gain[str(budget)] = round(float(difference.mean()) * POINTS, 3)
    main = tables.sgns[tables.sgns["experiment"] == "main"]
    last = main[main[EPOCH] == main[EPOCH].max()]
    return {
        "word2vec_test_accuracy": accuracy,
        "gain_over_vanilla_points": gain,
        "sgns_validation_loss": round(float(last["validation_loss"].mean()), 5),
        "grid_reproduces_main": grid_reproduces_main(params),
    }
