"""SGNS itself: the loss of a batch, its gradient in closed form, and a step.

A batch uses few of the vectors, most of them many times. These rows are gathered once and
then spread over the blocks; the gradients of a row's uses are summed before the row moves. So
a step costs what the batch needs, however large the vocabulary.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stages.sgns.batches import Batch
from stages.sgns.layout import Layout
from stages.sgns.objective import Labels, Objective

PART = 128  # blocks scored at a time: little enough for the processor's cache
DECAY = 0.99  # of the running mean of the squared gradient
LEAST_SQUARE = torch.finfo(torch.float32).tiny  # instead of 0, where no gradient was yet


class SkipGram:
    """Vectors of words as centres and as contexts, and the state of their optimizer.

    The optimizer is RMSprop (Tieleman and Hinton, 2012) with one scale for a whole row: a row
    moves by lr * gradient / rms, where rms**2 is the running mean of the row's mean squared
    gradient over the steps that used it. Like Adam's, the mean is corrected for all steps so
    far; rows that were seldom used keep a small rms, so that rare words move far.

    The rms is taken relative to how much negatives stretch the gradient (``Objective.stretch``):
    else the same lr would move positives the less, the more negatives there are, and a
    comparison over K would be one of training length.
    """

    def __init__(
        self,
        vectors: Tensor,
        square: Tensor,
        *,
        layout: Layout,
        objective: Objective,
        negatives: int,
        dtype: torch.dtype,
    ) -> None:
        """Take the vectors to train, their mean squares, K, and the precision.

        Args:
            vectors: (2V, d), the centres' first; changed in place.
            square: (2V,), changed in place.
            layout: of the batches.
            objective: the loss.
            negatives: K.
            dtype: of a step's matrix products; sums, vectors and losses are float32.
        """
        self.vectors, self.square, self.steps = vectors, square, 0
        self._layout, self._objective, self._dtype = layout, objective, dtype
        self._stretch = objective.stretch(negatives)
        self._labels = {
            precision: _labels(layout, negatives, precision, vectors.device)
            for precision in (vectors.dtype, dtype)
        }

    @property
    def centre(self) -> Tensor:
        """Vectors of words as centres, (V, d)."""
        return self.vectors[: len(self.vectors) // 2]

    @property
    def context(self) -> Tensor:
        """Vectors of words as contexts, (V, d)."""
        return self.vectors[len(self.vectors) // 2 :]

    def losses(self, batch: Batch) -> npt.NDArray[np.float64]:
        """Return the loss of a batch, summed over its positives, in the vectors' precision.

        Returns:
            The positives' share, the negatives' share, and the number of positives.
        """
        sums = np.zeros(3)
        rows = self.vectors.index_select(0, batch.rows)
        for _, centres, keys, labels in self._parts(batch, rows):
            sums[:2] += self._objective.losses(torch.bmm(centres, keys.mT), labels)
            sums[2] += labels.positive.sum(dtype=torch.float64).item()
        return sums

    def gradient(self, batch: Batch) -> Tensor:
        """Return the gradient of the summed loss with respect to ``batch.rows``, (u, d)."""
        rows = self.vectors.index_select(0, batch.rows).to(self._dtype)
        to_uses = torch.empty(len(batch.place), rows.shape[1], dtype=rows.dtype, device=rows.device)
        centres, block, keys = len(batch.case), self._layout.block, self._layout.keys
        to_centres = to_uses[:centres].view(-1, block, rows.shape[1])
        to_keys = to_uses[centres:].view(-1, keys, rows.shape[1])
        for part, of_centres, of_keys, labels in self._parts(batch, rows):
            to_scores = self._objective.gradient(torch.bmm(of_centres, of_keys.mT), labels)
            torch.bmm(to_scores, of_keys, out=to_centres[part])
            torch.bmm(to_scores.mT, of_centres, out=to_keys[part])
        # Sums in float32, in the order of the batch.
        return torch.nn.functional.embedding_bag(
            batch.order, to_uses, batch.first, mode="sum", include_last_offset=True
        )

    def move(self, rows: Tensor, gradient: Tensor, lr: float) -> bool:
        """Take a step for distinct rows, (u,), against their gradient, (u, d).

        The gradient may be in any precision, and may be overwritten. Returns whether all of it
        was finite, which costs a sum over (u,).
        """
        gradient = gradient.to(self.vectors.dtype)
        now = torch.linalg.vector_norm(gradient, dim=1).square_().div_(gradient.shape[1])
        square = torch.lerp(now, self.square.index_select(0, rows), DECAY)
        self.square.index_copy_(0, rows, square)
        corrected = square.div_(1 - DECAY**self.steps).clamp_min_(LEAST_SQUARE)
        self.vectors.index_add_(
            0, rows, gradient.mul_(corrected.rsqrt_().mul_(-lr * self._stretch)[:, None])
        )
        return math.isfinite(now.sum().item())

    def _parts(self, batch: Batch, rows: Tensor) -> Iterator[tuple[slice, Tensor, Tensor, Labels]]:
        """Yield parts of a batch: which blocks, their centres, their keys and the labels.

        Centres are (n, b, d), keys (n, w + p, d), both in the precision of ``rows``, (u, d).
        """
        block, keys, dim = self._layout.block, self._layout.keys, rows.shape[1]
        table = self._labels[rows.dtype]
        cases = batch.case.view(-1, block)
        centre_places = batch.place[: len(batch.case)].view(-1, block)
        key_places = batch.place[len(batch.case) :].view(-1, keys)
        for start in range(0, len(cases), PART):
            part = slice(start, start + PART)
            centres = rows.index_select(0, centre_places[part].reshape(-1))
            contexts = rows.index_select(0, key_places[part].reshape(-1))
            labels = table.at(cases[part])
            yield part, centres.view(-1, block, dim), contexts.view(-1, keys, dim), labels


@lru_cache(maxsize=4)
def _labels(layout: Layout, negatives: int, dtype: torch.dtype, device: torch.device) -> Labels:
    """Return the labels of every case, which all models of a configuration share."""
    return Labels.of(layout.positives.to(device), layout.window, negatives, dtype)
