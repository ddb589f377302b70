"""Every random draw and every index of training steps, prepared for many steps at once.

E  examples of all runs in a step, and one more a run that stands for padding
N  tokens of all runs in a step that are not hidden, with padding
u  different rows of the embedding among a step's tokens, hidden ones too, with padding

Hidden tokens have no gradient, but their rows are of the batch: Adam's momentum moves them. With
the rows of shown tokens alone the same learning rate trains more slowly (0.7 accuracy points
less at 5,000 labels).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stages.classify.streams import DROPOUT, SHUFFLE, TOKEN_DROPOUT
from stages.classify.subset import without_empty
from stages.files.arrays import FloatArray, LongArray
from stages.files.tokens import LabelledTexts, Texts
from stages.params.recipe import RecipeParams
from stages.randomness import stream

STEPS = 32  # prepared at once: more would only need more memory
# Each run's part of a tensor begins at a multiple of this, and its end is padded to one: so its
# place in memory differs by whole cache lines, and its elements are met by whole vectors, whatever
# comes before. Libraries may sum in another order, and round differently, otherwise.
ALIGNED = 32


def padded(size: int) -> int:
    """Return the next multiple of ``ALIGNED`` that is larger than ``size``."""
    return size + ALIGNED - size % ALIGNED


@dataclass(frozen=True)
class Step:
    """One batch of every run, of examples with the tokens that are not hidden.

    tokens: (N,) row of the stacked table. example: (N,) number in the step of the example.
    lengths: (E,) tokens of each. mask: (E, d) what each multiplies its embeddings by, or None
    without dropout. target: (R, E / R, C) wanted probabilities, zero for padding. examples: of
    each run, without padding. parts: (R + 1) where each run's tokens begin. The different rows,
    (u,), with the tokens of each, ``order[bags[i]:bags[i + 1]]`` (none of a row whose tokens are
    all hidden), are None where rows do not move.
    """

    tokens: Tensor
    example: Tensor
    lengths: Tensor
    mask: Tensor | None
    target: Tensor
    examples: int
    parts: list[int]
    rows: Tensor | None
    order: Tensor | None
    bags: Tensor | None


@dataclass(frozen=True)
class _Chosen:
    """Some examples of one run in the order of training, and what is drawn for them.

    tokens: (n,) not hidden. lengths: (examples,). mask: (examples, d) or None. labels: (examples,).
    texts: with the hidden ones.
    """

    texts: Texts
    tokens: LongArray
    lengths: LongArray
    mask: FloatArray | None
    labels: LongArray


class RunBatches:
    """The training examples of one run, and its random streams."""

    def __init__(
        self, examples: LabelledTexts, dim: int, params: RecipeParams, seed: int, run: int
    ) -> None:
        """Take examples in embedding rows; ``seed`` and ``run`` number the streams."""
        self._texts, self._labels = without_empty(examples.texts), examples.labels
        self._dim, self._params, self._names = dim, params, (seed, run)

    def __len__(self) -> int:
        return len(self._labels)

    def epoch(self, number: int) -> Iterator[_Chosen]:
        """Yield the examples of an epoch, those of at most ``STEPS`` batches at once."""
        order = stream(SHUFFLE, *self._names, number).permutation(len(self))
        dropout = stream(DROPOUT, *self._names, number)
        hiding = stream(TOKEN_DROPOUT, *self._names, number)
        for start, end in spans(len(self), self._params.batch):
            yield self._chosen(order[start:end], dropout, hiding)

    def _chosen(
        self, numbers: LongArray, dropout: np.random.Generator, hiding: np.random.Generator
    ) -> _Chosen:
        texts = self._texts.take(numbers)
        kept = hiding.random(len(texts.tokens), np.float32) >= self._params.token_dropout
        kept |= np.repeat(~np.logical_or.reduceat(kept, texts.offsets[:-1]), texts.lengths)
        return _Chosen(
            texts,
            texts.tokens[kept].astype(np.int64),
            np.add.reduceat(kept, texts.offsets[:-1], dtype=np.int64),
            self._mask(len(numbers), dropout),
            self._labels[numbers],
        )

    def _mask(self, examples: int, dropout: np.random.Generator) -> FloatArray | None:
        if not self._params.dropout:
            return None
        shown = dropout.random((examples, self._dim), np.float32) >= self._params.dropout
        return shown * np.float32(1 / (1 - self._params.dropout))


def spans(examples: int, batch: int) -> list[tuple[int, int]]:
    """Return the parts of an epoch prepared at once: a last, smaller batch is one of its own."""
    whole = examples - examples % batch
    starts = [*range(0, whole, STEPS * batch), whole]
    ends = [*starts[1:], examples]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


@dataclass(frozen=True)
class Layout:
    """How runs are stacked: sizes that every step shares.

    starts: first row of each run in the stacked table. rows: of it. spare: the number of one
    that is no run's. moving: whether rows are trained.
    """

    starts: LongArray
    rows: int
    spare: int
    dim: int
    classes: int
    moving: bool


def epoch_steps(
    runs: Sequence[RunBatches],
    epoch: int,
    layout: Layout,
    params: RecipeParams,
    device: torch.device,
) -> Iterator[Step]:
    """Yield the steps of an epoch; every run has equally many examples."""
    for chosen in zip(*(run.epoch(epoch) for run in runs), strict=True):
        batch = min(params.batch, len(chosen[0].labels))
        yield from _steps(chosen, batch, layout, params.label_smoothing, device)


def _steps(
    chosen: Sequence[_Chosen], batch: int, layout: Layout, smoothing: float, device: torch.device
) -> Iterator[Step]:
    """Lay the tokens out by step, then run, then example."""
    steps, runs = len(chosen[0].labels) // batch, len(chosen)
    lengths = np.stack([run.lengths.reshape(steps, batch) for run in chosen], 1)
    real = lengths.sum(2)
    size = real + ALIGNED - real % ALIGNED  # as ``padded``: at least one token of padding
    lengths = np.concatenate([lengths, (size - real)[:, :, None]], 2)
    begin = np.cumsum(size) - size.reshape(-1)
    tokens = np.full(size.sum(), layout.spare, np.int64)
    where = [_places(begin[r::runs], real[:, r]) for r in range(runs)]
    for run, places, start in zip(chosen, where, layout.starts, strict=True):
        tokens[places] = run.tokens + start
    target = np.zeros((steps, runs, batch + 1, layout.classes), np.float32)
    for r, run in enumerate(chosen):
        target[:, r, :batch] = _targets(run.labels, layout.classes, smoothing).reshape(
            steps, batch, -1
        )
    in_step = np.tile(np.arange(runs * (batch + 1)), steps)
    sizes = size.sum(1)
    parts = np.concatenate([np.zeros((steps, 1), np.int64), np.cumsum(size, 1)], 1).tolist()
    pieces = zip(
        _split(tokens, sizes, device),
        _split(np.repeat(in_step, lengths.reshape(-1)), sizes, device),
        torch.from_numpy(lengths.reshape(steps, -1)).to(device),
        _masks(chosen, steps, layout.dim, device),
        torch.from_numpy(target).to(device),
        parts,
        _different_rows(chosen, tokens, sizes, np.concatenate(where), layout=layout, device=device)
        if layout.moving
        else [(None, None, None)] * steps,
        strict=True,
    )
    for piece in pieces:
        shown, example, length, hidden, wanted, part, (rows, order, bags) = piece
        yield Step(shown, example, length, hidden, wanted, batch, part, rows, order, bags)


def _masks(
    chosen: Sequence[_Chosen], steps: int, dim: int, device: torch.device
) -> Sequence[Tensor | None]:
    """Return the mask of each step, (E, d); padding has zeros."""
    masks = [run.mask.reshape(steps, -1, dim) for run in chosen if run.mask is not None]
    if not masks:
        return [None] * steps
    stacked = np.pad(np.stack(masks, 1), ((0, 0), (0, 0), (0, 1), (0, 0)))
    return list(torch.from_numpy(stacked.reshape(steps, -1, dim)).to(device))


def _places(begin: LongArray, count: LongArray) -> LongArray:
    """Return ``count[i]`` places from ``begin[i]`` on, for each i."""
    before = np.cumsum(count) - count
    return np.repeat(begin - before, count) + np.arange(count.sum())


def _targets(labels: LongArray, classes: int, smoothing: float) -> FloatArray:
    """Return the wanted probabilities, (examples, C): smoothed as ``cross_entropy`` does."""
    wanted = np.full((len(labels), classes), smoothing / classes, np.float32)
    wanted[np.arange(len(labels)), labels] += 1 - smoothing
    return wanted


def _different_rows(
    chosen: Sequence[_Chosen],
    tokens: LongArray,
    sizes: LongArray,
    real: LongArray,
    *,
    layout: Layout,
    device: torch.device,
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield the different rows of each step, its tokens by row, and where those of a row begin.

    ``tokens`` are those of all steps, of which each has ``sizes``; ``real`` are the places of
    those that are not padding.
    """
    steps = len(sizes)
    step_start = np.cumsum(sizes) - sizes
    step = np.repeat(np.arange(steps), sizes)[real]
    # Step, row and place in one number: sorting numbers is much faster than finding their order.
    bits = int(sizes.max()).bit_length()
    keys = (step * layout.rows + tokens[real]) << bits | (real - step_start[step])
    keys.sort()
    order, keys = keys & ((1 << bits) - 1), keys >> bits
    used = _used_rows(chosen, steps, layout)
    step_of_row, rows = np.divmod(used, layout.rows)
    count = np.bincount(step_of_row, minlength=steps)
    in_order = np.bincount(step, minlength=steps)
    bags = np.searchsorted(keys, used) - (np.cumsum(in_order) - in_order)[step_of_row]
    # Padding: rows that are no run's, of no tokens.
    full = count + ALIGNED - count % ALIGNED
    places = _places(np.cumsum(full) - full, count)
    all_rows = np.full(full.sum(), layout.spare, np.int64)
    all_rows[places] = rows
    all_bags = np.repeat(in_order, full)
    all_bags[places] = bags
    return zip(
        _split(all_rows, full, device),
        _split(order, in_order, device),
        _split(all_bags, full, device),
        strict=True,
    )


def _used_rows(chosen: Sequence[_Chosen], steps: int, layout: Layout) -> LongArray:
    """Return step * rows + row for the different rows of each step, rising."""
    used = np.zeros(steps * layout.rows, np.bool_)
    for run, start in zip(chosen, layout.starts, strict=True):
        tokens = run.texts.lengths.reshape(steps, -1).sum(1)
        step = np.repeat(np.arange(steps), tokens)
        used[step * layout.rows + run.texts.tokens + start] = True
    return np.flatnonzero(used)


def _split(array: npt.NDArray[Any], sizes: LongArray, device: torch.device) -> Sequence[Tensor]:
    return torch.split(torch.from_numpy(array).to(device), sizes.tolist())
