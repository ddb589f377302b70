"""Where the time of a step goes: ``python -m benchmarks.limits``.

One thread trains an epoch; its time is shared out among drawing batches, gradients and moves.
Beside it, how many floating-point operations a second the gradients come to.
"""

import time

import numpy as np

from benchmarks.corpus import FOLDER, save_table, training_rows
from stages.check.whole import load_params
from stages.core.randomness import stream
from stages.sgns.learner import CompiledLearner
from stages.sgns.trainer import Trainer
from stages.vectors.tokens import TOKENS, read_texts, read_vocabulary


def shares(trainer: Trainer, R: int, K: int) -> list[list[object]]:
    """Return the percentages of an epoch's time, and the rate of its gradients."""
    learner, sampler, dim = trainer.learner, trainer._sampler, trainer.vectors()[0].shape[1]
    assert isinstance(learner, CompiledLearner)
    start = time.perf_counter()
    batches = list(sampler.batches(training_rows(), stream("limits", 0)))
    drawing = time.perf_counter() - start
    learner.step(batches[0], 0.01)  # compiles
    start = time.perf_counter()
    for batch in batches:
        learner.gradient(batch)
    gradients = time.perf_counter() - start
    start = time.perf_counter()
    for batch in batches:
        learner.step(batch, 0.01)
    moves = time.perf_counter() - start - gradients
    total = drawing + gradients + moves
    spent = {"drawing batches": drawing, "gradients": gradients, "moves": moves}
    comparisons = sum(
        int((b.left + b.right).sum()) + len(b.tokens) * sampler.layout.pool for b in batches
    )
    # A score, and its part of the gradient of either side: a product and a sum a dimension each.
    rate = 6 * comparisons * dim / gradients / 1e9
    centres = np.sum([len(batch.tokens) for batch in batches])
    return [
        *([R, K, f"{what}, % of a step", round(100 * s / total, 1)] for what, s in spent.items()),
        [R, K, "comparisons of a centre", round(comparisons / centres, 1)],
        [R, K, "gradients: GFLOP/s", round(rate, 1)],
    ]


def main() -> None:
    """Measure and print."""
    params = load_params().sgns
    rows, valid = training_rows(), read_texts(FOLDER, "validation")
    counts = read_vocabulary(TOKENS / "pretrain").counts
    table: list[list[object]] = []
    for R, K in ((5, 1), (10, 20)):
        config = params.model_copy(update={"R": R, "K": K})
        table += shares(Trainer(rows, valid, counts, config, seed=0), R, K)
    save_table("sgns_limits.csv", ["R", "K", "what", "value"], table)


if __name__ == "__main__":
    main()
