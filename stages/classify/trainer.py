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
    weights = [p for name, p in model.named_parameters() if name != "embedding"]
    optimizer = Adam(weights, model.embedding.data, params.weight_decay)
    steps_per_epoch = -(-len(splits.train) // params.batch)
    epochs = max(params.epochs, -(-params.min_steps // steps_per_epoch))
    steps = epochs * steps_per_epoch
    between = -(-epochs // EVALUATIONS)
    history: list[EpochScores] = []
    best, best_state, done = None, None, 0
    for epoch in range(1, epochs + 1):
        model.train()
        losses = []
        for numbers in shuffled_batches(splits.train.rows.lengths, params.batch, order):
            batch = _batch(splits.train, numbers, device)
            rows, place = torch.unique(batch.tokens, return_inverse=True)
            # A table of the batch's rows alone: the gradient has no other.
            table = model.embedding.detach().index_select(0, rows)
            table.requires_grad_(model.embedding.requires_grad)
            logits = model(place, batch.lengths, table)
            loss = cross_entropy(logits, batch.labels, label_smoothing=params.label_smoothing)
            moved = [*weights, table] if table.requires_grad else weights
            gradients = torch.autograd.grad(loss, moved)
            row_gradient = gradients[-1] if table.requires_grad else None
            lr = params.lr * (1 - done / steps)
            optimizer.step(gradients[: len(weights)], rows, row_gradient, lr)
            done += 1
            losses.append(loss.item())
        if epoch % between and epoch < epochs:
            continue
        scores = evaluate(model, splits.validation, device)
        history.append(EpochScores(epoch, float(np.mean(losses)), scores))
        if best is None or scores.rank() > best.validation.rank():
            best, best_state = history[-1], copy.deepcopy(model.state_dict())
    assert best is not None and best_state is not None
    model.load_state_dict(best_state)
    return Run(history, best, evaluate(model, splits.test, device))


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
