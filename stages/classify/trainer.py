"""Training one classifier: choose the epoch on validation rows, read the test rows once."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from stages.artifacts import Labelled, LongArray
from stages.classify.model import ClassAttention
from stages.classify.optimizer import Adam
from stages.classify.scores import Scores
from stages.classify.subset import padded_batch
from stages.params import ClassifyParams

EVALUATION_BATCH = 512
EVALUATIONS = 12  # at most; a small budget's many epochs are scored every so many
SORTED = 8  # batches whose rows are dealt out by length


@dataclass(frozen=True)
class EpochScores:
    """One epoch: mean training loss (with dropout) in nats, and validation scores."""

    epoch: int
    train_loss: float
    validation: Scores


@dataclass(frozen=True)
class Run:
    """A finished run: every epoch, the chosen one, and the test scores at that epoch."""

    history: list[EpochScores]
    chosen: EpochScores
    test: Scores

    @classmethod
    def without_history(cls, scores: tuple[Scores, Scores]) -> "Run":
        """Return the run of a method without epochs, from its validation and test scores."""
        validation, test = scores
        return cls([], EpochScores(0, float("nan"), validation), test)


@dataclass(frozen=True)
class Splits:
    """Examples of each split; to train on, in embedding rows, as ``RowOfWord.encode`` gives."""

    train: Labelled
    validation: Labelled
    test: Labelled

    def all(self) -> tuple[Labelled, Labelled, Labelled]:
        """Return the three."""
        return self.train, self.validation, self.test


def train(
    model: ClassAttention, splits: Splits, params: ClassifyParams, seed: int, device: torch.device
) -> Run:
    """Train, and test the epoch of highest validation accuracy (of equals, of lowest loss).

    The learning rate of Adam falls linearly to zero. ``seed`` orders batches and dropout.
    """
    torch.manual_seed(seed)
    order = np.random.default_rng([seed, 3])
    model.to(device)
    steps_per_epoch = -(-len(splits.train) // params.batch)
    epochs = max(params.epochs, -(-params.min_steps // steps_per_epoch))
    training = _Training(model, params, epochs * steps_per_epoch, device)
    between = -(-epochs // EVALUATIONS)
    history: list[EpochScores] = []
    best, best_state = None, None
    for epoch in range(1, epochs + 1):
        loss = training.epoch(splits.train, order)
        if epoch % between and epoch < epochs:
            continue
        scores = evaluate(model, splits.validation, device)
        history.append(EpochScores(epoch, loss, scores))
        if best is None or scores.rank() > best.validation.rank():
            best, best_state = history[-1], copy.deepcopy(model.state_dict())
    assert best is not None and best_state is not None
    model.load_state_dict(best_state)
    return Run(history, best, evaluate(model, splits.test, device))


class _Training:
    """A model being trained: its optimizer, and how many of its steps are done."""

    def __init__(
        self, model: ClassAttention, params: ClassifyParams, steps: int, device: torch.device
    ) -> None:
        self._model, self._params, self._device = model, params, device
        self._weights = [p for name, p in model.named_parameters() if name != "embedding"]
        self._adam = Adam(self._weights, model.embedding.data, params.weight_decay)
        self._steps, self._done = steps, 0

    def epoch(self, examples: Labelled, order: np.random.Generator) -> float:
        """Take a step with every batch; return their mean loss."""
        self._model.train()
        batches = shuffled_batches(examples.rows.lengths, self._params.batch, order)
        losses = [self._step(_batch(examples, numbers, self._device)) for numbers in batches]
        return float(np.mean(losses))

    def _step(self, batch: "_Batch") -> float:
        rows, place = torch.unique(batch.tokens, return_inverse=True)
        # A table of the batch's rows alone: the gradient has no other.
        moving = self._model.embedding.requires_grad
        table = self._model.embedding.detach().index_select(0, rows).requires_grad_(moving)
        logits = self._model(place, batch.lengths, table)
        smoothing = self._params.label_smoothing
        loss = cross_entropy(logits, batch.labels, label_smoothing=smoothing)
        gradients = torch.autograd.grad(loss, [*self._weights, table] if moving else self._weights)
        lr = self._params.lr * (1 - self._done / self._steps)
        of_weights, of_rows = gradients[: len(self._weights)], gradients[len(self._weights) :]
        self._adam.step(of_weights, rows, of_rows[0] if moving else None, lr)
        self._done += 1
        return loss.item()


@torch.no_grad()
def evaluate(model: ClassAttention, examples: Labelled, device: torch.device) -> Scores:
    """Return mean cross-entropy and accuracy over all of ``examples``."""
    model.eval()
    loss = correct = 0.0
    # By length, so that a batch has little padding.
    for numbers in _batches(np.argsort(examples.rows.lengths, kind="stable"), EVALUATION_BATCH):
        batch = _batch(examples, numbers, device)
        logits = model(batch.tokens, batch.lengths)
        loss += cross_entropy(logits.double(), batch.labels, reduction="sum").item()
        correct += (logits.argmax(1) == batch.labels).sum().item()
    return Scores(loss / len(examples), correct / len(examples))


@dataclass(frozen=True)
class _Batch:
    """Padded embedding rows, (B, T), their lengths, (B,), and labels, (B,)."""

    tokens: Tensor
    lengths: Tensor
    labels: Tensor


def _batch(examples: Labelled, numbers: LongArray, device: torch.device) -> _Batch:
    tokens, lengths = padded_batch(examples, numbers)
    arrays = tokens, lengths, examples.labels[numbers]
    return _Batch(*(torch.from_numpy(array).to(device) for array in arrays))


def shuffled_batches(
    lengths: LongArray, size: int, random: np.random.Generator
) -> Iterator[LongArray]:
    """Yield every row once, in batches of random rows of similar length: less is padding.

    Rows are shuffled; each ``SORTED`` batches in a row are sorted by length and cut; and all
    batches are shuffled.
    """
    order = random.permutation(len(lengths))
    batches = []
    for some in _batches(order, SORTED * size):
        batches += list(_batches(some[np.argsort(lengths[some], kind="stable")], size))
    for number in random.permutation(len(batches)):
        yield batches[number]


def _batches(order: LongArray, size: int) -> Iterator[LongArray]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
