"""Writing what came of the runs: results, right test rows, history, and what was kept."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from stages.classify.experiment import Outcome
from stages.classify.saved import write_classifier
from stages.console import say
from stages.files.atomic import write_csv
from stages.files.classifiers import (
    ATTENTION_COLUMNS,
    HISTORY_COLUMNS,
    RESULT_COLUMNS,
    write_correct,
)
from stages.files.tokens import DOWNSTREAM, read_splitting


def save(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Write ``results.csv`` and ``correct.npy``, a line a run, ``history.csv``, a line an epoch.

    And where models were kept, ``attention.csv`` and the classifier that started as word2vec.
    """
    results, history, attention = [], [], []
    for outcome in outcomes:
        job, chosen, test = outcome.job, outcome.result.chosen, outcome.result.test
        names = (job.budget, outcome.labels, job.method, job.run)
        scores = (*astuple(chosen.validation), *astuple(test))
        results.append((*names, chosen.epoch, *scores, outcome.unknown))
        for e in outcome.result.history:
            losses = (e.epoch, e.train_loss, e.validation.loss, e.validation.accuracy)
            history.append((job.budget, job.method, job.run, *losses))
        if outcome.model is not None:
            attention += [(job.budget, job.method, *astuple(w)) for w in outcome.model.attended]
            if job.method == "word2vec":
                write_classifier(folder, outcome.model, read_splitting(DOWNSTREAM))
    write_csv(folder / "results.csv", RESULT_COLUMNS, results)
    write_correct(folder, [outcome.result.correct for outcome in outcomes])
    write_csv(folder / "history.csv", HISTORY_COLUMNS, history)
    # Also where it has no line: no word may be frequent enough.
    if any(outcome.job.keep for outcome in outcomes):
        write_csv(folder / "attention.csv", ATTENTION_COLUMNS, attention)


def tell(outcomes: Sequence[Outcome]) -> None:
    """Print the mean test accuracy of each method at each budget."""
    together: dict[tuple[int, int, str], list[float]] = {}
    for outcome in outcomes:
        key = outcome.job.budget, outcome.labels, outcome.job.method
        together.setdefault(key, []).append(outcome.result.test.accuracy)
    for (budget, labels, method), accuracies in together.items():
        whole = f" (all there are, for a budget of {budget:,})" if labels < budget else ""
        mean = sum(accuracies) / len(accuracies)
        say(f"classify: {labels:,} labels{whole}, {method}: test accuracy {mean:.4f}")
