"""Training a run: choose the epoch on validation rows, read the test rows once."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stages.classify.draws import Draws
from stages.classify.evaluation import WordProducts, judge
from stages.classify.kernels import Weights
from stages.classify.learners import Device, Rates, learner
from stages.classify.params import RecipeParams
from stages.classify.scores import Scores
from stages.core.console import StageError
from stages.vectors.tokens import LabelledTexts

EVALUATIONS = 12  # at most; a small budget's many epochs are scored every so many


@dataclass(frozen=True)
class EpochScores:
    """One epoch: mean training loss (with dropout) in nats, and validation scores."""

    epoch: int
    train_loss: float
    validation: Scores


@dataclass(frozen=True)
class Run:
    """A finished run: every epoch, none of a regression, the chosen one, and the test scores."""

    history: list[EpochScores]
    chosen: EpochScores
    test: Scores


class Splits(NamedTuple):
    """Examples of each split; to train on, in embedding rows, as ``RowOfWord.encode`` gives."""

    train: LabelledTexts
    validation: LabelledTexts
    test: LabelledTexts


@dataclass(frozen=True)
class Trainee:
    """One run to train: its weights as it starts, its examples, and the number of its streams.

    moving: whether embedding rows are trained. keep: whether the trained weights are wanted.
    """

    weights: Weights
    splits: Splits
    run: int
    moving: bool = True
    keep: bool = False


def train(
    trainee: Trainee, params: RecipeParams, seed: int, device: Device
) -> tuple[Run, Weights | None]:
    """Train, and test the epoch of highest validation accuracy (of equals, of lowest loss).

    Returns:
        The run, and the weights of that epoch where they are to be kept. Those of ``trainee`` may
        be changed in place.

    Raises:
        StageError: a logit or a validation loss is not finite.
    """
    dim = trainee.weights.table.shape[1]
    draws = Draws(trainee.splits.train, dim, params, seed, trainee.run)
    model = learner(trainee.weights, params, trainee.moving, device)
    of_epoch = -(-len(trainee.splits.train) // params.batch)
    epochs = max(params.epochs, -(-params.min_steps // of_epoch))
    rates = learning_rates(params, epochs * of_epoch)
    between = -(-epochs // EVALUATIONS)
    history: list[EpochScores] = []
    best: tuple[EpochScores, WordProducts, Weights | None] | None = None
    for epoch in range(1, epochs + 1):
        done = (epoch - 1) * of_epoch
        loss, steps = model.epoch(draws.epoch(epoch), rates[done : done + of_epoch])
        if steps < of_epoch:
            raise _diverged(params, epoch, done + steps, rates)
        if epoch % between and epoch < epochs:
            continue
        words = model.words()
        mean = loss / len(trainee.splits.train)
        scores = EpochScores(epoch, mean, judge(words, trainee.splits.validation))
        if not math.isfinite(scores.validation.loss):
            raise _diverged(params, epoch, done + steps - 1, rates)
        history.append(scores)
        if best is None or scores.validation.rank() > best[0].validation.rank():
            best = scores, words, model.weights() if trainee.keep else None
    assert best is not None
    chosen, words, weights = best  # only now is the test split read
    return Run(history, chosen, judge(words, trainee.splits.test)), weights


def learning_rates(params: RecipeParams, steps: int) -> Rates:
    """Return Adam's learning rate of each step, (steps,): constant, or falling to zero."""
    done = np.arange(steps) / steps * (params.schedule == "linear")
    return params.lr * (1 - done)


def _diverged(params: RecipeParams, epoch: int, done: int, rates: Rates) -> StageError:
    return StageError(
        f"the classifier has diverged at epoch {epoch}, step {done + 1:,}: its numbers are no "
        f"longer finite. lr of its recipe is {params.lr:g}, then at {rates[done]:.3g}; lower it "
        "(classify.lr or usual.lr in params.yaml)."
    )
