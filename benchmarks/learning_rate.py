"""One learning rate for every K: ``python -m benchmarks.learning_rate``.

SGNS's loss on held-out text after training, by K and ``sgns.lr``, one model each at the R of
params.yaml. The best learning rate should be about the same for every K.
"""

from benchmarks.corpus import save_table, training_rows
from benchmarks.train import CORES, new_jobs
from stages.check.whole import load_params
from stages.core.console import run_stage
from stages.sgns.together import train_together

NEGATIVES = (1, 5, 20)
RATES = (0.006, 0.009, 0.012, 0.017, 0.024, 0.034)


def main() -> None:
    """Train them all, print and save the losses."""
    table: list[list[object]] = []
    rows, params = training_rows(), load_params().sgns
    for negatives in NEGATIVES:
        changed = [params.model_copy(update={"K": negatives, "lr": rate}) for rate in RATES]
        jobs = [job for its in changed for job in new_jobs(rows, its, 1)]
        train_together(jobs, CORES, lambda *_: None)
        losses = [job.history[-1].validation.total for job in jobs]
        best = RATES[losses.index(min(losses))]
        table.append([negatives, *(f"{loss:.4f}" for loss in losses), best])
    columns = ["K", *(f"lr_{rate}" for rate in RATES), "best_lr"]
    save_table("sgns_learning_rate.csv", columns, table)


if __name__ == "__main__":
    run_stage("learning_rate", main)
