"""Several runs of the classifier as one model: a step of all costs little more than of one.

What a step needs of a token e_t are inner products. With the names of ``ClassAttention``,

    k_c = W_k^T q_c / sqrt(d)      u_c = W_v^T r_c
    s_tc = k_c . e_t               v_tc = u_c . e_t
    a_tc = softmax_t(s_tc)         logit_c = sum_t a_tc v_tc + b_c

so that keys, values and attended means are never made. Gradients are in closed form: with the
loss's gradient g_c by logit_c and the attended h_c = sum_t a_tc v_tc,

    dL/dv_tc = a_tc g_c            dL/ds_tc = a_tc (v_tc - h_c) g_c
    dL/de_t = sum_c (dL/ds_tc k_c + dL/dv_tc u_c)
    dL/dk_c = sum_t dL/ds_tc e_t   dL/du_c = sum_t dL/dv_tc e_t

and those of q, W_k, r and W_v follow from k and u as from any product.

A run's numbers are the same bytes whichever runs are beside it. Products of matrices and sums
over a batch are made run by run, because a library orders them by their extent; everything else
is done element by element, or token by token of an example, for all runs at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from stages.classify.batches import Layout, Step, padded
from stages.classify.model import ClassAttention
from stages.classify.optimizer import Adam
from stages.files.arrays import FloatArray


@dataclass(frozen=True)
class Gradients:
    """What one step's loss asks for, and the logits it was made from.

    logits: (R, E / R, C). weights: as ``Stack.weights``. rows: (u, d), or None where they stay.
    """

    logits: Tensor
    weights: Tensor
    rows: Tensor | None


@dataclass(frozen=True)
class WordProducts:
    """A trained model as the texts see it: scores and values, (C, rows), of each row; bias (C)."""

    scores: FloatArray
    values: FloatArray
    bias: FloatArray


class _Weights:
    """The weights of all runs beside the embedding, or their gradients, in one tensor, (R, P).

    left: (2, C, d) queries and readouts, right: (2, d, d) keys and values, and bias: (C), a view
    for each run.
    """

    def __init__(self, runs: int, classes: int, dim: int, like: Tensor) -> None:
        left, right = 2 * classes * dim, 2 * dim * dim
        self.flat = like.new_zeros(runs, padded(left + right + classes))
        ends = left, left + right, left + right + classes
        self.left = [run[: ends[0]].view(2, classes, dim) for run in self.flat]
        self.right = [run[ends[0] : ends[1]].view(2, dim, dim) for run in self.flat]
        self.bias = self.flat[:, ends[1] : ends[2]]


class _Products:
    """k and u of all runs, or their gradients: (2, C, d) or (2 C, d), a view for each run."""

    def __init__(self, runs: int, classes: int, dim: int, like: Tensor) -> None:
        self._flat = like.new_zeros(runs, padded(2 * classes * dim))
        size = 2 * classes * dim
        self.apart = [run[:size].view(2, classes, dim) for run in self._flat]
        self.joined = [run[:size].view(2 * classes, dim) for run in self._flat]
        self._of_keys = self._flat[:, : classes * dim]
        self._scale = 1 / math.sqrt(dim)

    def scale(self) -> None:
        """Divide k by sqrt(d)."""
        self._of_keys.mul_(self._scale)


class Stack:
    """Runs in training: their tables end to end, (rows, d), and their weights side by side."""

    def __init__(
        self, models: Sequence[ClassAttention], decay: float, moving: bool, device: torch.device
    ) -> None:
        """Copy the models; ``moving`` says whether embedding rows are trained."""
        tables = [model.embedding.detach() for model in models]
        classes, dim = models[0].query.shape
        self._lengths = [len(table) for table in tables]
        ends = np.cumsum([0, *map(padded, self._lengths)])
        self.table = tables[0].new_zeros(int(ends[-1]), dim, device=device)
        self.layout = Layout(ends[:-1], len(self.table), int(ends[-1]) - 1, dim, classes, moving)
        self.weights = _Weights(len(models), classes, dim, self.table)
        for r, model in enumerate(models):
            for mine, theirs in self._pairs(r, model):
                mine.copy_(theirs.detach())
        self.gradient = _Weights(len(models), classes, dim, self.table)
        self._products = _Products(len(models), classes, dim, self.table)
        self._product_gradient = _Products(len(models), classes, dim, self.table)
        self._adam = Adam(self.weights.flat, self.table, decay, moving)

    def _pairs(self, run: int, model: ClassAttention) -> list[tuple[Tensor, Tensor]]:
        """Return each tensor of a run beside that of a model."""
        (query, readout), (key, value) = self.weights.left[run], self.weights.right[run]
        return [
            (self._table_of(run), model.embedding),
            (query, model.query),
            (readout, model.readout),
            (key, model.key),
            (value, model.value),
            (self.weights.bias[run], model.bias),
        ]

    def _table_of(self, run: int) -> Tensor:
        start = int(self.layout.starts[run])
        return self.table[start : start + self._lengths[run]]

    @torch.no_grad()
    def store(self, run: int, model: ClassAttention) -> None:
        """Copy one run into ``model``."""
        for mine, theirs in self._pairs(run, model):
            theirs.copy_(mine)

    @torch.no_grad()
    def word_products(self, run: int) -> WordProducts:
        """Return what one run makes of each row of its table."""
        self._multiply()
        of_rows = self._products.joined[run] @ self._table_of(run).T
        scores, values = of_rows.cpu().numpy().reshape(2, self.layout.classes, -1)
        return WordProducts(scores, values, self.weights.bias[run].cpu().numpy().copy())

    def step(self, step: Step, lr: float) -> Tensor:
        """Move all runs by one batch each; return its logits from before, (R, E / R, C)."""
        found = self.gradients(step)
        self._adam.step(found.weights, step.rows, found.rows, lr)
        return found.logits

    @torch.no_grad()
    def gradients(self, step: Step) -> Gradients:
        """Return gradients of the mean cross-entropy of each run's batch.

        ``weights`` is overwritten by the next call.
        """
        self._multiply()
        mask = None if step.mask is None else step.mask.index_select(0, step.example)
        embedded = self.table.index_select(0, step.tokens)
        if mask is not None:
            embedded.mul_(mask)
        products = embedded.new_empty(len(embedded), 2 * self.layout.classes)
        parts = [slice(*ends) for ends in pairwise(step.parts)]
        for part, run in zip(parts, self._products.joined, strict=True):
            torch.mm(embedded[part], run.T, out=products[part])
        logits, logit_gradient, of_tokens = self._attend(products, step)
        self._weight_gradients(embedded, of_tokens, logit_gradient, parts)
        if step.order is None:
            return Gradients(logits, self.gradient.flat, None)
        for part, run in zip(parts, self._products.joined, strict=True):
            torch.mm(of_tokens[part], run, out=embedded[part])  # the embeddings are done with
        if mask is not None:
            embedded.mul_(mask)
        rows = embedding_bag(step.order, embedded, step.bags, mode="sum")
        return Gradients(logits, self.gradient.flat, rows)

    def _multiply(self) -> None:
        """Make k and u from the weights."""
        runs = zip(self.weights.left, self.weights.right, self._products.apart, strict=True)
        for left, right, product in runs:
            torch.bmm(left, right, out=product)
        self._products.scale()

    def _attend(self, products: Tensor, step: Step) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits and their gradient, (R, E / R, C), and that of ``products``, (N, 2 C)."""
        scores, values = products.chunk(2, 1)
        highest = _by_example(scores.contiguous(), "max", step.lengths)
        weight = (scores - highest.index_select(0, step.example)).exp_()
        sums = _by_example(torch.cat([weight, weight * values], 1), "sum", step.lengths)
        total, weighted = sums.chunk(2, 1)
        attended = weighted / total
        logits = attended.view(step.target.shape) + self.weights.bias[:, None]
        gradient = (logits.softmax(2) - step.target).div_(step.examples)
        gradient[:, -1] = 0  # padding
        of_example = torch.cat([total, attended, gradient.view_as(total)], 1)
        total, attended, by_logit = of_example.index_select(0, step.example).chunk(3, 1)
        by_value = weight.div_(total).mul_(by_logit)
        by_score = (values - attended).mul_(by_value)
        return logits, gradient, torch.cat([by_score, by_value], 1)

    def _weight_gradients(
        self, embedded: Tensor, of_tokens: Tensor, of_logits: Tensor, parts: Sequence[slice]
    ) -> None:
        """Write the gradients of all weights."""
        for r, part in enumerate(parts):
            torch.mm(of_tokens[part].T, embedded[part], out=self._product_gradient.joined[r])
            torch.sum(of_logits[r], 0, out=self.gradient.bias[r])
        self._product_gradient.scale()
        for r, gradient in enumerate(self._product_gradient.apart):
            torch.bmm(gradient, self.weights.right[r].mT, out=self.gradient.left[r])
            torch.bmm(self.weights.left[r].mT, gradient, out=self.gradient.right[r])


def _by_example(of_tokens: Tensor, reduce: str, lengths: Tensor) -> Tensor:
    """Reduce the tokens of each example to one: (N, ...) to (E, ...)."""
    # Unsafe only leaves out the check that lengths add up to N.
    return torch.segment_reduce(of_tokens, reduce, lengths=lengths, axis=0, unsafe=True)
