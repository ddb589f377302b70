"""Training runs side by side: choose the epoch on validation rows, read the test rows once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import numpy as np
import numpy.typing as npt
import torch

from stages.classify.batches import RunBatches, epoch_steps
from stages.classify.evaluation import HeldOut, evaluate, judge
from stages.classify.model import ClassAttention
from stages.classify.scores import Judged, Scores
from stages.classify.stack import Stack, WordProducts
from stages.console import StageError
from stages.device import one_thread
from stages.files.arrays import BoolArray
from stages.files.tokens import LabelledTexts
from stages.params.recipe import RecipeParams

EVALUATIONS = 12  # at most; a small budget's many epochs are scored every so many


@dataclass(frozen=True)
class EpochScores:
    """One epoch: mean training loss (with dropout) in nats, and validation scores."""

    epoch: int
    train_loss: float
    validation: Scores


@dataclass(frozen=True)
class Run:
    """A finished run: every epoch, the chosen one, and the test scores at that epoch.

    macro_f1, correct: of the test rows, as in ``Judged``.
    """

    history: list[EpochScores]
    chosen: EpochScores
    test: Scores
    macro_f1: float
    correct: BoolArray = field(compare=False, repr=False)

    @classmethod
    def without_history(cls, validation: Scores, test: Judged) -> "Run":
        """Return the run of a method without epochs, from its scores on two splits."""
        return cls.of([], EpochScores(0, float("nan"), validation), test)

    @classmethod
    def of(cls, history: list[EpochScores], chosen: EpochScores, test: Judged) -> "Run":
        """Return the run of this history, tested at the chosen epoch."""
        return cls(history, chosen, test.scores, test.macro_f1, test.correct)


@dataclass(frozen=True)
class Splits:
    """Examples of each split; to train on, in embedding rows, as ``RowOfWord.encode`` gives."""

    train: LabelledTexts
    validation: LabelledTexts
    test: LabelledTexts

    def all(self) -> tuple[LabelledTexts, LabelledTexts, LabelledTexts]:
        """Return the three."""
        return self.train, self.validation, self.test


@dataclass(frozen=True)
class Trainee:
    """One run to train: its model as it starts, its examples, and the number of its streams.

    On return from ``train``, ``model`` is that of the chosen epoch.
    """

    model: ClassAttention
    splits: Splits
    run: int


def train(
    trainees: Sequence[Trainee],
    params: RecipeParams,
    seed: int,
    device: torch.device,
    moving: bool = True,
) -> list[Run]:
    """Train, and test the epoch of highest validation accuracy (of equals, of lowest loss).

    A run's result does not depend on the others', which must have equally many examples.
    ``moving``: whether embedding rows are trained.

    Raises:
        StageError: a logit or a validation loss is no finite number.
    """
    with one_thread():
        return _Training(trainees, params, seed, device, moving).finish()


class _Training:
    def __init__(
        self,
        trainees: Sequence[Trainee],
        params: RecipeParams,
        seed: int,
        device: torch.device,
        moving: bool,
    ) -> None:
        self._params, self._device = params, device
        self._stack = Stack([t.model for t in trainees], params.weight_decay, moving, device)
        dim = self._stack.layout.dim
        self._batches = [RunBatches(t.splits.train, dim, params, seed, t.run) for t in trainees]
        if len(set(map(len, self._batches))) > 1:
            raise ValueError("runs of a stack must have equally many training examples")
        self._progress = [_Progress(t) for t in trainees]
        steps_per_epoch = -(-len(self._batches[0]) // params.batch)
        self._epochs = max(params.epochs, -(-params.min_steps // steps_per_epoch))
        self._steps, self._done = self._epochs * steps_per_epoch, 0

    def finish(self) -> list[Run]:
        between = -(-self._epochs // EVALUATIONS)
        for epoch in range(1, self._epochs + 1):
            losses = self._epoch(epoch)
            if epoch % between and epoch < self._epochs:
                continue
            for r, (progress, loss) in enumerate(zip(self._progress, losses, strict=True)):
                best = progress.score(epoch, loss, self._stack.word_products(r))
                if not math.isfinite(progress.validation_loss):
                    raise self._diverged(epoch, self._done)
                if best:
                    self._stack.store(r, progress.trainee.model)
        return [progress.result() for progress in self._progress]

    def _epoch(self, number: int) -> list[float]:
        """Take a step with every batch; return the mean loss over each run's examples."""
        steps = epoch_steps(self._batches, number, self._stack.layout, self._params, self._device)
        logits, targets = [], []
        for step in steps:
            lr = learning_rate(self._params, self._done / self._steps)
            logits.append(self._stack.step(step, lr))
            targets.append(step.target)
            self._done += 1
        of_runs = torch.cat(logits, 1).cpu().numpy(), torch.cat(targets, 1).cpu().numpy()
        if not np.isfinite(of_runs[0]).all():
            before = sum(
                1 for _ in takewhile(lambda of_step: bool(of_step.isfinite().all()), logits)
            )
            raise self._diverged(number, self._done - len(logits) + before + 1)
        return [mean_loss(*of_run) for of_run in zip(*of_runs, strict=True)]

    def _diverged(self, epoch: int, step: int) -> StageError:
        now = learning_rate(self._params, (step - 1) / self._steps)
        return StageError(
            f"the classifier has diverged at epoch {epoch}, step {step:,}: its numbers are no "
            f"longer finite. lr of its recipe is {self._params.lr:g}, then at {now:.3g}; lower it "
            "(classify.lr or usual.lr in params.yaml)."
        )


def learning_rate(params: RecipeParams, done: float) -> float:
    """Return Adam's learning rate when a share of all steps is done: constant, or to zero."""
    return params.lr if params.schedule == "constant" else params.lr * (1 - done)


class _Progress:
    """What is known of one run so far."""

    def __init__(self, trainee: Trainee) -> None:
        self.trainee = trainee
        self._validation = HeldOut.of(trainee.splits.validation)
        self._history: list[EpochScores] = []
        self._best: tuple[EpochScores, WordProducts] | None = None

    def score(self, epoch: int, loss: float, model: WordProducts) -> bool:
        """Add an epoch; return whether it is the best so far."""
        scores = EpochScores(epoch, loss, evaluate(model, self._validation))
        self._history.append(scores)
        if self._best and scores.validation.rank() <= self._best[0].validation.rank():
            return False
        self._best = scores, model
        return True

    @property
    def validation_loss(self) -> float:
        """Of the last epoch that was scored."""
        return self._history[-1].validation.loss

    def result(self) -> Run:
        """Return the finished run: only now is the test split read."""
        assert self._best is not None
        chosen, model = self._best
        test = judge(model, HeldOut.of(self.trainee.splits.test))
        return Run.of(self._history, chosen, test)


def mean_loss(logits: npt.NDArray[np.floating], target: npt.NDArray[np.floating]) -> float:
    """Return the mean cross-entropy of wanted probabilities, (examples, C); padding has none."""
    shifted = logits.astype(np.float64) - logits.max(1, keepdims=True)
    log_chance = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return float(-(target * log_chance).sum() / target.any(1).sum())
