"""How the classifier's hyper-parameters were chosen: ``python -m benchmarks.tuning``.

Each change to params.yaml is tried with the vanilla arm alone and scored on validation rows,
over several seeds; neither pre-trained vectors nor test rows take part.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.corpus import save_table
from stages.classify.experiment import Job, run_jobs
from stages.classify.params import Settings
from stages.core.console import run_stage
from stages.core.device import chosen_device
from stages.core.params import load_sections
from stages.vectors.vectors import SGNS_MAIN

BUDGETS = (500, 5000)
SEEDS = 3
TUNED = ("embedding_norm", "dropout", "token_dropout", "lr", "batch", "label_smoothing",
         "weight_decay", "epochs", "min_steps")  # fmt: skip
# Each in both directions from the chosen values, larger batches with larger steps.
CHANGES: tuple[Mapping[str, Any], ...] = (
    {},
    {"embedding_norm": 0.25},
    {"embedding_norm": 1.0},
    {"dropout": 0.3},
    {"dropout": 0.7},
    {"token_dropout": 0.5},
    {"token_dropout": 0.8},
    {"lr": 0.001},
    {"lr": 0.004},
    {"batch": 64, "lr": 0.004},
    {"label_smoothing": 0.1},
    {"weight_decay": 0.1},
    {"epochs": 4},
    {"epochs": 10},
    {"min_steps": 300},
    {"min_steps": 1200},
)


def jobs(params: Settings, change: Mapping[str, Any], budget: int) -> list[Job]:
    """Return the runs of one change at one budget."""
    classify = params.classify.model_copy(update=dict(change))
    changed = params.model_copy(update={"classify": classify})
    vectors = (SGNS_MAIN,)
    return [Job("vanilla", run, budget, vectors, changed) for run in range(SEEDS)]


def main() -> None:
    """Try every change, print and save the scores."""
    params = load_sections(Settings)
    table: list[list[object]] = []
    for budget in BUDGETS:
        for change in CHANGES:
            outcomes = run_jobs(jobs(params, change, budget), chosen_device(params.device))
            chosen = [outcome.result.chosen for outcome in outcomes]
            accuracy = np.mean([epoch.validation.accuracy for epoch in chosen])
            loss = np.mean([epoch.validation.loss for epoch in chosen])
            tried = change or {name: getattr(params.classify, name) for name in TUNED}
            name = ", ".join(f"{key} {value}" for key, value in tried.items())
            table.append([budget, name, f"{accuracy:.4f}", f"{loss:.4f}"])
    columns = ["budget", "change", "validation_accuracy", "validation_loss"]
    save_table("classifier_tuning.csv", columns, table)


if __name__ == "__main__":
    run_stage("tuning", main)
