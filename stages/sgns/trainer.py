"""Training SGNS: from token ids and parameters to vectors and a history. Touches no file."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from stages.core.arrays import FloatArray, LongArray
from stages.core.console import StageError
from stages.core.randomness import stream
from stages.sgns import streams
from stages.sgns.batches import Sampler, farthest
from stages.sgns.learner import Sums, new_learner
from stages.sgns.params import SgnsParams
from stages.sgns.team import Team
from stages.vectors.tokens import Texts

MEASURE_EVERY = 32  # steps: the training loss is that of one in so many, from their middle
EVALUATED = 2  # at most this many batches are averaged for the validation loss


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

    @classmethod
    def of(cls, sums: Sums) -> "Loss":
        """Return the mean of sums over pairs."""
        positive, negative, pairs = sums.tolist()
        if not pairs:
            return cls(math.nan, math.nan, 0)
        return cls(positive / pairs, negative / pairs, int(pairs))


@dataclass(frozen=True)
class Epoch:
    """One line of the history; epoch 0 is before training and has no training loss."""

    epoch: int
    train: Loss | None
    validation: Loss


class Trainer:
    """SGNS on one corpus with one set of parameters.

    Every draw comes from a stream named for its purpose and numbered by model and epoch, so an
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
        model: int = 0,
        team: Team | None = None,
    ) -> None:
        """Take the splits' ids and the counts, (V,), of the training split; and who works on it."""
        self._team = team or Team()
        self._train, self._validation = train, validation
        self._params, self._seed, self._number = params, seed, model
        self._sampler = Sampler(counts, params, farthest(train, validation))
        # As word2vec.c starts: centres uniform in +-1/(2d), contexts zero.
        shape = len(counts), params.dim
        uniform = self._stream(streams.INITIAL).random(shape, dtype=np.float32) - np.float32(0.5)
        initial = uniform / np.float32(params.dim)
        self.learner = new_learner(initial, params, self._sampler.layout, self._team)

    @property
    def steps(self) -> int:
        """How many steps an epoch is expected to have."""
        return self._sampler.steps

    def epochs_after(self, done: Sequence[Epoch]) -> int:
        """Return how many epochs of training are still to come."""
        return self._params.epochs - max(len(done) - 1, 0)

    def run(
        self, done: Sequence[Epoch] = (), after_step: Callable[[], None] = lambda: None
    ) -> Iterator[Epoch]:
        """Train, yielding a line of the history before the first and after every epoch.

        Args:
            done: the history so far, if the model holds the state after its last epoch.
            after_step: called after every step.

        Raises:
            StageError: a gradient, a vector or a loss is not finite.
        """
        for epoch in range(len(done), self._params.epochs + 1):
            trained = self._train_epoch(epoch, after_step) if epoch else None
            # The last step's vectors have no next step that would show what they are.
            vectors = self.learner.state()["vectors"]
            losses = [loss for loss in (trained, self.evaluate()) if loss is not None]
            measured = [loss.total for loss in losses if loss.pairs]
            if not np.isfinite(vectors).all() or not np.isfinite(measured).all():
                raise self._diverged(epoch)
            yield Epoch(epoch, trained, losses[-1])

    def evaluate(self) -> Loss:
        """Return the loss on the validation split, with the same draw at every call."""
        drawn = self._sampler.batches(self._validation, self._stream(streams.EVALUATION))
        return Loss.of(sum((self.learner.losses(b) for b in islice(drawn, EVALUATED)), np.zeros(3)))

    def vectors(self) -> tuple[FloatArray, FloatArray]:
        """Return centre and context vectors, (V, d) each."""
        centre, context = np.split(self.learner.state()["vectors"], 2)
        return centre, context

    def _train_epoch(self, epoch: int, after_step: Callable[[], None]) -> Loss:
        sums = np.zeros(3)
        drawn = self._sampler.batches(self._train, self._stream(streams.BATCHES, epoch))
        for number, batch in enumerate(self._team.ahead(drawn)):
            if number % MEASURE_EVERY == min(MEASURE_EVERY, self.steps) // 2:
                sums += self.learner.losses(batch)
            done = (epoch - 1 + min(number / self.steps, 1)) / self._params.epochs
            lr = self._params.lr * (1 - done)
            if not self.learner.step(batch, lr):
                raise self._diverged(epoch, lr)
            after_step()
        return Loss.of(sums)

    def _stream(self, name: str, *numbers: int) -> np.random.Generator:
        return stream(name, self._seed, self._number, *numbers)

    def _diverged(self, epoch: int, lr: float | None = None) -> StageError:
        at = f"epoch {epoch}, step {self.learner.steps:,}"
        now = "" if lr is None else f", then at {lr:.3g}"
        remedy = "lower it"
        if self._params.objective == "infonce":
            remedy += f", or raise sgns.temperature (now {self._params.temperature:g})"
        return StageError(
            f"SGNS with R={self._params.R} K={self._params.K} has diverged at {at}: its numbers "
            f"are no longer finite. sgns.lr is {self._params.lr:g}{now}; {remedy}."
        )
