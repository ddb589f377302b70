"""Training SGNS: from token ids and parameters to vectors and a history. Touches no file."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice

import numpy as np
import torch

from stages.console import StageError
from stages.device import one_thread
from stages.files.arrays import FloatArray, LongArray
from stages.files.tokens import Texts
from stages.params.sgns import SgnsParams
from stages.randomness import stream
from stages.sgns import streams
from stages.sgns.batches import Batch, Sampler, farthest
from stages.sgns.lanes import Board, Share, Sums, shared_zeros
from stages.sgns.model import SkipGram
from stages.sgns.objective import objective
from stages.sgns.resources import product_dtype

MEASURE_EVERY = 32  # rounds: the training loss is that of one in so many, from their middle
EVALUATED = 1  # batch of each lane, at most, that the validation loss is the mean of


@dataclass(frozen=True)
class Loss:
    """Mean loss per positive pair, its two parts, and how many positives it is the mean of.

    NaN where there were none.
    """

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

    Every draw comes from a stream named for its purpose and numbered by model, epoch and lane,
    so an epoch depends on nothing but the state it starts from.
    """

    def __init__(
        self,
        train: Texts,
        validation: Texts,
        counts: LongArray,
        params: SgnsParams,
        *,
        seed: int,
        model: int = 0,
        device: torch.device,
    ) -> None:
        """Take the splits' ids and the counts, (V,), of the training split.

        On the CPU the model is in memory that processes share which are forked from this one.
        """
        self._train, self._validation = train, validation
        self._params, self._device = params, device
        self._seed, self._number = seed, model
        self._sampler = Sampler(counts, params, farthest(train, validation))
        self._dtype = product_dtype(params.precision, device)
        zeros = shared_zeros if device.type == "cpu" else partial(torch.zeros, device=device)
        rows, dim = 2 * len(counts), params.dim
        self.model = SkipGram(
            zeros(rows, dim),
            zeros(rows),
            layout=self._sampler.layout,
            objective=objective(params.objective, params.temperature),
            negatives=params.K,
            dtype=self._dtype,
        )
        # As word2vec.c starts: centres uniform in +-1/(2d), contexts zero.
        random = self._stream(streams.INITIAL)
        uniform = random.random((len(counts), dim), dtype=np.float32) - np.float32(0.5)
        self.model.centre.copy_(torch.from_numpy(uniform / np.float32(dim)))

    @property
    def rounds(self) -> int:
        """How many rounds an epoch is expected to have."""
        return self._sampler.rounds

    def epochs_after(self, done: Sequence[Epoch]) -> int:
        """Return how many epochs of training are still to come."""
        return self._params.epochs - max(len(done) - 1, 0)

    def shares(self, processes: int) -> list[Share]:
        """Share out the training among so many processes, yet to be forked; no more than lanes."""
        if processes == 1:
            return [Share()]
        rows, dim = self.model.vectors.shape
        board = Board(processes, min(self._sampler.uses, rows), dim, self._dtype)
        borders = self._sampler.borders(processes)
        return [Share(number, borders, board) for number in range(processes)]

    def run(
        self,
        done: Sequence[Epoch] = (),
        share: Share | None = None,
        after_round: Callable[[], None] = lambda: None,
    ) -> Iterator[Epoch]:
        """Train, yielding a line of the history before the first and after every epoch.

        Args:
            done: the history so far, if the model holds the state after its last epoch.
            share: what this process does; the other shares must run at the same time.
            after_round: called after every round of training.

        Raises:
            StageError: a gradient, a vector or a loss is no finite number.
        """
        share = share or Share()
        with one_thread():
            for epoch in range(len(done), self._params.epochs + 1):
                trained = self._train_epoch(epoch, share, after_round) if epoch else None
                # The last step's vectors have no next step that would show what they are.
                if not self.model.vectors.isfinite().all():
                    raise self._diverged(epoch)
                yield Epoch(epoch, self._finite(trained, epoch), self._evaluated(epoch, share))

    def _evaluated(self, epoch: int, share: Share) -> Loss:
        validation = self._finite(self._evaluate(share), epoch)
        assert validation is not None
        return validation

    def _finite(self, loss: Loss | None, epoch: int) -> Loss | None:
        """Return a loss of an epoch, unless pairs were measured and their loss is no number."""
        if loss is not None and loss.pairs and not math.isfinite(loss.total):
            raise self._diverged(epoch)
        return loss

    def _diverged(self, epoch: int, lr: float | None = None) -> StageError:
        at = f"epoch {epoch}, step {self.model.steps:,}"
        now = "" if lr is None else f", then at {lr:.3g}"
        remedy = "lower it"
        if self._params.objective == "infonce":
            remedy += f", or raise sgns.temperature (now {self._params.temperature:g})"
        return StageError(
            f"SGNS with R={self._params.R} K={self._params.K} has diverged at {at}: its numbers "
            f"are no longer finite. sgns.lr is {self._params.lr:g}{now}; {remedy}."
        )

    def evaluate(self) -> Loss:
        """Return the loss on the validation split, with the same draw at every call."""
        return self._evaluate(Share())

    def vectors(self) -> tuple[FloatArray, FloatArray]:
        """Return centre and context vectors, (V, d) each."""
        return self.model.centre.cpu().numpy(), self.model.context.cpu().numpy()

    def _stream(self, name: str, *numbers: int) -> np.random.Generator:
        return stream(name, self._seed, self._number, *numbers)

    def _evaluate(self, share: Share) -> Loss:
        sums = {lane: np.zeros(3) for lane in share.lanes}
        for lane in share.lanes:
            shared = self._stream(streams.EVALUATION_ROWS)
            random = self._stream(streams.EVALUATION_LANE, lane)
            drawn = self._sampler.batches(self._validation, shared, random, lane)
            for batch in islice(drawn, EVALUATED):
                sums[lane] += self.model.losses(batch.to(self._device))
        return _mean(share.total(sums))

    def _train_epoch(self, epoch: int, share: Share, after_round: Callable[[], None]) -> Loss:
        sums = {lane: np.zeros(3) for lane in share.lanes}
        drawn = {lane: self._batches(epoch, lane) for lane in share.lanes}
        for number in count():
            nexts = ((lane, next(own, None)) for lane, own in drawn.items())
            batches = {lane: batch for lane, batch in nexts if batch is not None}
            if number % MEASURE_EVERY == min(MEASURE_EVERY, self.rounds) // 2:
                for lane, batch in batches.items():
                    sums[lane] += self.model.losses(batch)
            done = (epoch - 1 + min(number / self.rounds, 1)) / self._params.epochs
            lr = self._params.lr * (1 - done)
            taken = self._round(batches, lr, share)
            if taken is None:
                break
            if not taken:
                raise self._diverged(epoch, lr)
            after_round()
        return _mean(share.total(sums))

    def _batches(self, epoch: int, lane: int) -> Iterator[Batch]:
        shared = self._stream(streams.ROWS, epoch)
        random = self._stream(streams.LANE, epoch, lane)
        for batch in self._sampler.batches(self._train, shared, random, lane):
            yield batch.to(self._device)

    def _round(self, batches: Mapping[int, Batch], lr: float, share: Share) -> bool | None:
        """Take a step with each lane's batch; return whether it was finite.

        None where no lane had a batch.
        """
        mine = {lane: (batch.rows, self.model.gradient(batch)) for lane, batch in batches.items()}
        found = share.exchange(mine)
        if not found:
            return None
        self.model.steps += 1
        finite = True
        for rows, gradient in found:
            own = share.owned(rows)
            finite &= self.model.move(rows[own], gradient[own], lr)
        share.meet()  # from here on others may take gradients at these rows
        return finite


def _mean(sums: Sums) -> Loss:
    """Return the mean loss over the pairs, given the sums of all lanes, (3,)."""
    positive, negative, pairs = sums.tolist()
    if not pairs:
        return Loss(math.nan, math.nan, 0)
    return Loss(positive / pairs, negative / pairs, int(pairs))
