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
from stages.classify.scores import Scores
from stages.classify.subset import padded_batch
from stages.params import ClassifyParams

EVALUATION_BATCH = 512


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


@dataclass(frozen=True)
class Splits:
    """Examples in embedding rows, as ``RowOfWord.encode`` gives them."""

    train: Labelled
    validation: Labelled
    test: Labelled


def train(
    model: ClassAttention, splits: Splits, params: ClassifyParams, seed: int, device: torch.device
) -> Run:
    """Train, and test the epoch of highest validation accuracy (of equals, of lowest loss).

    Adam with a learning rate that falls linearly to zero; its lazy variant for the embedding,
    so that a step touches only the rows of its batch. ``seed`` orders batches and dropout.
    """
    torch.manual_seed(seed)
    order = np.random.default_rng([seed, 3])
    model.to(device)
    optimizers = _optimizers(model, params)
    steps_per_epoch = -(-len(splits.train) // params.batch)
    epochs = max(params.epochs, -(-params.min_steps // steps_per_epoch))
    steps = epochs * steps_per_epoch
    schedulers = [
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, 1 - step / steps))
        for optimizer in optimizers
    ]
    history: list[EpochScores] = []
    best, best_state = None, None
    for epoch in range(1, epochs + 1):
        model.train()
        losses = []
        for numbers in _batches(order.permutation(len(splits.train)), params.batch):
            logits, labels = _forward(model, splits.train, numbers, device)
            loss = cross_entropy(logits, labels, label_smoothing=params.label_smoothing)
            for optimizer in optimizers:
                optimizer.zero_grad()
            torch.autograd.backward(loss)
            for optimizer, scheduler in zip(optimizers, schedulers, strict=True):
                optimizer.step()
                scheduler.step()
            losses.append(loss.item())
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
        logits, labels = _forward(model, examples, numbers, device)
        loss += cross_entropy(logits.double(), labels, reduction="sum").item()
        correct += (logits.argmax(1) == labels).sum().item()
    return Scores(loss / len(examples), correct / len(examples))


def _optimizers(model: ClassAttention, params: ClassifyParams) -> list[torch.optim.Optimizer]:
    others = [p for name, p in model.named_parameters() if name != "embedding"]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(others, lr=params.lr, weight_decay=params.weight_decay)
    ]
    if model.embedding.requires_grad:
        optimizers.append(torch.optim.SparseAdam([model.embedding], lr=params.lr))
    return optimizers


def _forward(
    model: ClassAttention, examples: Labelled, numbers: LongArray, device: torch.device
) -> tuple[Tensor, Tensor]:
    tokens, lengths = padded_batch(examples, numbers)
    labels = torch.from_numpy(examples.labels[numbers]).to(device)
    logits = model(torch.from_numpy(tokens).to(device), torch.from_numpy(lengths).to(device))
    return logits, labels


def _batches(order: LongArray, size: int) -> Iterator[LongArray]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
