"""Training SGNS: from token ids and parameters to vectors and a history. Touches no file."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, islice

import numpy as np
import numpy.typing as npt
import torch

from stages.console import progress
from stages.files.arrays import FloatArray, LongArray
from stages.files.tokens import Texts
from stages.params.sgns import SgnsParams
from stages.sgns.batches import Batch, Sampler
from stages.sgns.lanes import LANES, Lanes, shared_zeros, split_lanes
from stages.sgns.model import SkipGram
from stages.sgns.objective import objective
from stages.sgns.resources import product_dtype

MEASURE_EVERY = 32  # rounds: the training loss is that of one in so many, from their middle
EVALUATED = 1  # batch of each lane, at most, that the validation loss is the mean of

# What a random stream is for; with the seed and the epoch it makes the stream's own seed.
_INITIAL, _TRAIN, _EVALUATE = range(1, 4)

Sums = npt.NDArray[np.float64]  # positives' and negatives' loss and the number of positives, (3,)


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

    Every random number comes from a generator seeded by (seed, purpose, epoch, lane), so an
    epoch depends on nothing but the state it starts from.
    """

    def __init__(
        self,
        train: Texts,
        validation: Texts,
        counts: LongArray,
        params: SgnsParams,
        *,
        seed: int,
        device: torch.device,
    ) -> None:
        """Take the splits' ids and the counts, (V,), of the training split."""
        self._train, self._validation = train, validation
        self._params, self._seed, self._device = params, seed, device
        self._sampler = Sampler(counts, params)
        zeros = shared_zeros if device.type == "cpu" else partial(torch.zeros, device=device)
        rows, dim = 2 * len(counts), params.dim
        self.model = SkipGram(
            zeros(rows, dim),
            zeros(rows),
            layout=self._sampler.layout,
            objective=objective(params.objective, params.temperature),
            negatives=params.K,
            dtype=product_dtype(params.precision, device),
        )
        # As word2vec.c starts: centres uniform in +-1/(2d), contexts zero.
        random = np.random.default_rng([seed, _INITIAL])
        uniform = random.random((len(counts), dim), dtype=np.float32) - np.float32(0.5)
        self.model.centre.copy_(torch.from_numpy(uniform / np.float32(dim)))
        # What a lane hands over in a round: this many rows, and their gradient.
        most = min(self._sampler.uses, rows)
        self._used = shared_zeros(LANES, dtype=torch.int64)
        self._rows = zeros(LANES, most, dtype=torch.int64)
        self._gradients = zeros(LANES, most, dim)
        self._sums = shared_zeros(LANES, 3, dtype=torch.float64)

    def run(self, done: Sequence[Epoch] = ()) -> Iterator[Epoch]:
        """Train, yielding a line of the history before the first and after every epoch.

        Args:
            done: the history so far, if the model holds the state after its last epoch.
        """
        todo = range(len(done), self._params.epochs + 1)

        def other(lanes: Lanes) -> None:
            for epoch in todo:
                self._epoch(epoch, lanes)

        in_two = self._device.type == "cpu" and sys.platform == "linux"
        with _one_thread() as threads, split_lanes(other, in_two and threads > 1) as lanes:
            for epoch in todo:
                yield self._epoch(epoch, lanes)

    def evaluate(self) -> Loss:
        """Return the loss on the validation split, with the same draw at every call."""
        return self._evaluate(Lanes(range(LANES)))

    def vectors(self) -> tuple[FloatArray, FloatArray]:
        """Return centre and context vectors, (V, d) each."""
        return self.model.centre.cpu().numpy(), self.model.context.cpu().numpy()

    def _epoch(self, epoch: int, lanes: Lanes) -> Epoch:
        trained = self._train_epoch(epoch, lanes) if epoch else None
        return Epoch(epoch, trained, self._evaluate(lanes))

    def _evaluate(self, lanes: Lanes) -> Loss:
        sums = {lane: np.zeros(3) for lane in lanes.mine}
        for lane in lanes.mine:
            drawn = self._sampler.batches(self._validation, [self._seed, _EVALUATE], lane)
            for batch in islice(drawn, EVALUATED):
                sums[lane] += self.model.losses(batch.to(self._device))
        return self._mean(sums, lanes)

    def _train_epoch(self, epoch: int, lanes: Lanes) -> Loss:
        seed = [self._seed, _TRAIN, epoch]
        drawn = {lane: self._sampler.batches(self._train, seed, lane) for lane in lanes.mine}
        sums = {lane: np.zeros(3) for lane in lanes.mine}
        rounds = self._sampler.rounds
        numbers: Iterable[int] = count()
        if 0 in lanes.mine:
            numbers = progress(numbers, f"epoch {epoch}/{self._params.epochs}", "round", rounds)
        for number in numbers:
            batches = {
                lane: batch.to(self._device)
                for lane, own in drawn.items()
                if (batch := next(own, None)) is not None
            }
            if number % MEASURE_EVERY == min(MEASURE_EVERY, rounds) // 2:
                for lane, batch in batches.items():
                    sums[lane] += self.model.losses(batch)
            done = (epoch - 1 + min(number / rounds, 1)) / self._params.epochs
            if not self._round(batches, self._params.lr * (1 - done), lanes):
                break
        return self._mean(sums, lanes)

    def _round(self, batches: dict[int, Batch], lr: float, lanes: Lanes) -> bool:
        """Take a step with each lane's batch; return whether any lane had one."""
        for lane in lanes.mine:
            self._used[lane] = 0
        for lane, batch in batches.items():
            self._used[lane] = used = len(batch.rows)
            self._rows[lane, :used] = batch.rows
            self._gradients[lane, :used] = self.model.gradient(batch)
        lanes.meet()
        used_by_lane = self._used.tolist()
        self.model.steps += 1
        # As many lanes as sides: a process with one of the lanes moves centres or contexts.
        for contexts in lanes.mine:
            for rows, gradients, used in zip(
                self._rows, self._gradients, used_by_lane, strict=True
            ):
                border = int(torch.searchsorted(rows[:used], len(self.model.centre)))
                side = slice(border, used) if contexts else slice(border)
                self.model.move(rows[side], gradients[side], lr)
        lanes.meet()
        return any(used_by_lane)

    def _mean(self, sums: dict[int, Sums], lanes: Lanes) -> Loss:
        """Return the mean loss over the pairs of all lanes."""
        for lane, mine in sums.items():
            self._sums[lane] = torch.from_numpy(mine)
        lanes.meet()
        positive, negative, pairs = self._sums.sum(0).tolist()
        lanes.meet()
        return Loss(positive / max(pairs, 1), negative / max(pairs, 1), int(pairs))


@contextmanager
def _one_thread() -> Iterator[int]:
    """Let torch compute in one thread; yield how many it had."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)
