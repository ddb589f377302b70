"""One learning rate for every K: ``python -m benchmarks.learning_rate``.

SGNS's loss on held-out text after training, by K and ``sgns.lr``, one model each at the R of
params.yaml. The best learning rate should be about the same for every K.
"""

from benchmarks.corpus import FOLDER, save_table
from benchmarks.train import CORES
from stages.check.whole import load_params
from stages.core.console import run_stage
from stages.sgns.together import Job, train_together
from stages.sgns.trainer import Trainer
from stages.vectors.tokens import read_texts, read_vocabulary

NEGATIVES = (1, 5, 20)
RATES = (0.006, 0.009, 0.012, 0.017, 0.024, 0.034)


def job(negatives: int, rate: float) -> Job:
    """Return a model to train with one K and learning rate."""
    train, validation = (read_texts(FOLDER, split) for split in ("train", "validation"))
    params = load_params().sgns.model_copy(update={"K": negatives, "lr": rate})
    counts = read_vocabulary(FOLDER).counts
    return Job(Trainer(train, validation, counts, params, seed=0), [], lambda history: None)


def main() -> None:
    """Train them all, print and save the losses."""
    table: list[list[object]] = []
    for negatives in NEGATIVES:
        jobs = [job(negatives, rate) for rate in RATES]
        train_together(jobs, CORES, lambda *_: None)
        losses = [job.history[-1].validation.total for job in jobs]
        best = RATES[losses.index(min(losses))]
        table.append([negatives, *(f"{loss:.4f}" for loss in losses), best])
    columns = ["K", *(f"lr_{rate}" for rate in RATES), "best_lr"]
    save_table("sgns_learning_rate.csv", columns, table)


if __name__ == "__main__":
    run_stage("learning_rate", main)
