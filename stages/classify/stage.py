"""All runs that are asked for: done, told, and written to a folder."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from stages.classify.experiment import Job, Outcome, run_jobs
from stages.classify.params import Settings
from stages.classify.saved import write_classifier
from stages.core.atomic import output_folder, write_csv
from stages.core.console import progress, say
from stages.core.device import chosen_device
from stages.results.classifiers import (
    ATTENTION_COLUMNS,
    HISTORY_COLUMNS,
    RESULT_COLUMNS,
    write_correct,
)
from stages.results.methods import WORD2VEC
from stages.vectors.tokens import DOWNSTREAM, read_splitting


def run(jobs: Sequence[Job], params: Settings, out: Path) -> None:
    """Do all jobs and write what came of them to ``out``, in the order of the jobs.

    Raises:
        StageError: an input is missing or damaged, or a process was killed.
    """
    finished = run_jobs(jobs, chosen_device(params.device))
    outcomes = list(progress(finished, "classify", "run", len(jobs)))
    order = {(job.budget, job.method, job.run): number for number, job in enumerate(jobs)}
    outcomes.sort(key=lambda o: order[o.job.budget, o.job.method, o.job.run])
    tell(outcomes)
    with output_folder(out) as partial:
        save(partial, outcomes)


def save(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Write ``results.csv`` and ``correct.npy``, a line a run, ``history.csv``, a line an epoch.

    And where models were kept, ``attention.csv`` and a classifier: of word2vec, if that is there.
    """
    methods = {outcome.job.method for outcome in outcomes}
    results, history, attention = [], [], []
    for outcome in outcomes:
        job, result = outcome.job, outcome.result
        names = (job.budget, outcome.labels, job.method, job.run)
        chosen, test = result.chosen, result.test
        on_validation = (chosen.epoch, chosen.validation.loss, chosen.validation.accuracy)
        on_test = (test.loss, test.accuracy, test.macro_f1)
        results.append((*names, *on_validation, *on_test, outcome.unknown))
        for e in result.history:
            losses = (e.epoch, e.train_loss, e.validation.loss, e.validation.accuracy)
            history.append((job.budget, job.method, job.run, *losses))
        if outcome.model is not None:
            attention += [(job.budget, job.method, *astuple(w)) for w in outcome.model.attended]
            if job.method == WORD2VEC or WORD2VEC not in methods:
                write_classifier(folder, outcome.model, read_splitting(DOWNSTREAM))
    write_csv(folder / "results.csv", RESULT_COLUMNS, results)
    write_correct(folder, [outcome.result.test.correct for outcome in outcomes])
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
