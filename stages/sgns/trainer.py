"""Training SGNS: from token ids and parameters to vectors and a history. Touches no file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stages.artifacts import FloatArray, LongArray, TokenRows
from stages.console import progress
from stages.params import SgnsParams
from stages.sgns.model import Batch, SkipGram
from stages.sgns.negatives import NoiseDistribution
from stages.sgns.objective import objective
from stages.sgns.windows import (
    Blocks,
    draw_radius,
    keep_probability,
    make_blocks,
    shuffled_batches,
    subsample,
)

BLOCK = 32  # centres that share one window of contexts
BLOCKS_PER_POOL = 8  # blocks that share one pool of negatives
POOL = 64  # negatives in a pool

# What a random stream is for; with the seed and the epoch it makes the stream's own seed.
_INITIAL, _TRAIN, _EVALUATE = range(3)


@dataclass(frozen=True)
class Loss:
    """Mean loss per positive pair, its two parts, and how many positives it is the mean of."""

    positive: float
    negative: float
    pairs: int

    @property
    def total(self) -> float:
        """The loss itself."""
        return self.positive + self.negative


@dataclass(frozen=True)
class Epoch:
    """One line of the history; epoch 0 is before training and has no training loss."""

    epoch: int
    train: Loss | None
    validation: Loss


class Trainer:
    """SGNS on one corpus with one set of parameters.

    Every random number comes from a generator seeded by (seed, purpose, epoch), so an epoch
    depends on nothing but the state it starts from.
    """

    def __init__(
        self,
        train: TokenRows,
        validation: TokenRows,
        counts: LongArray,
        params: SgnsParams,
        *,
        seed: int,
        device: torch.device,
    ) -> None:
        """Take the splits' ids and the counts, (V,), of the training split."""
        self._train, self._validation = train, validation
        self._params, self._seed, self._device = params, seed, device
        word_counts = torch.from_numpy(counts)
        self._keep = keep_probability(word_counts, params.subsample)
        self._noise = NoiseDistribution(word_counts, params.noise_power)
        self._objective = objective(params.objective, params.temperature)
        self.model = SkipGram.initial(len(counts), params.dim, self._random(_INITIAL), device)
        self._gradients = torch.zeros_like(self.model.centre), torch.zeros_like(self.model.context)
        tables = [self.model.centre, self.model.context]
        self._optimizer = torch.optim.Adam(tables, lr=params.lr, fused=True)
        for table, gradient in zip(tables, self._gradients, strict=True):
            table.grad = gradient

    def run(self) -> Iterator[Epoch]:
        """Train, yielding a line of the history before the first and after every epoch."""
        yield Epoch(0, None, self.evaluate())
        for epoch in range(1, self._params.epochs + 1):
            yield Epoch(epoch, self._train_epoch(epoch), self.evaluate())

    def evaluate(self) -> Loss:
        """Return the loss on the validation split, with the same draw at every call."""
        losses = _LossSum()
        for blocks, pool in self._batches(self._validation, self._random(_EVALUATE)):
            losses.add(self._score(blocks, pool))
        return losses.mean()

    def vectors(self) -> tuple[FloatArray, FloatArray]:
        """Return centre and context vectors, (V, d) each."""
        return self.model.centre.cpu().numpy(), self.model.context.cpu().numpy()

    def _train_epoch(self, epoch: int) -> Loss:
        losses = _LossSum()
        steps = -(-len(self._train.tokens) // self._params.batch)
        batches = self._batches(self._train, self._random(_TRAIN, epoch))
        bar = progress(batches, f"epoch {epoch}/{self._params.epochs}", "step", steps)
        for step, (blocks, pool) in enumerate(bar):
            done = (epoch - 1 + step / steps) / self._params.epochs
            self._optimizer.param_groups[0]["lr"] = self._params.lr * (1 - done)
            batch = self._score(blocks, pool)
            pairs = losses.add(batch)
            for gradient in self._gradients:
                gradient.zero_()
            batch.add_gradients(*self._gradients, 1 / max(pairs, 1))
            self._optimizer.step()
        return losses.mean()

    def _score(self, blocks: Blocks, pool: Tensor) -> Batch:
        return self.model.forward(blocks, pool, self._params.K, self._objective)

    def _batches(
        self, rows: TokenRows, generator: torch.Generator
    ) -> Iterator[tuple[Blocks, Tensor]]:
        radius, dynamic = self._params.R, self._params.dynamic_radius
        for stream in shuffled_batches(rows, self._params.batch, generator):
            kept = subsample(stream, self._keep, generator)
            if len(kept.tokens) == 0:
                continue
            radii = draw_radius(len(kept.tokens), radius, dynamic, generator)
            blocks = make_blocks(kept, radii, radius, BLOCK, BLOCKS_PER_POOL)
            pools = len(blocks.centres) // BLOCKS_PER_POOL
            pool = self._noise.sample((pools, POOL), generator)
            yield self._to_device(blocks), pool.to(self._device)

    def _to_device(self, blocks: Blocks) -> Blocks:
        return replace(
            blocks,
            centres=blocks.centres.to(self._device),
            contexts=blocks.contexts.to(self._device),
            positive=blocks.positive.to(self._device),
        )

    def _random(self, purpose: int, epoch: int = 0) -> torch.Generator:
        # Distinct for every (seed, purpose, epoch) of fewer than 2**24 epochs.
        return torch.Generator().manual_seed((self._seed * 4 + purpose) * 2**24 + epoch)


class _LossSum:
    """Sums the losses of batches in float64."""

    def __init__(self) -> None:
        self._positive = 0.0
        self._negative = 0.0
        self._pairs = 0

    def add(self, batch: Batch) -> int:
        """Add a batch; return its number of positives."""
        pairs = int(batch.blocks.positive.sum())
        self._positive += batch.terms.positive_loss.item()
        self._negative += batch.terms.negative_loss.item()
        self._pairs += pairs
        return pairs

    def mean(self) -> Loss:
        """Return the means over all positives so far."""
        pairs = max(self._pairs, 1)
        return Loss(self._positive / pairs, self._negative / pairs, self._pairs)
