"""Training by PyTorch, on a GPU: the same rule as the kernels', by autograd."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from stages.classify.evaluation import WordProducts
from stages.classify.kernels import BETA1, BETA2, EPSILON, Epoch, Weights
from stages.classify.learners import Rates
from stages.classify.model import ClassAttention
from stages.classify.params import RecipeParams
from stages.classify.weights import joined, named


class Autograd:
    """A model trained by PyTorch: see ``Compiled``."""

    def __init__(self, weights: Weights, params: RecipeParams, moving: bool, device: str) -> None:
        """Copy the weights to the device."""
        self._model, self._params = ClassAttention(named(weights)).to(device), params
        self._table, *others = self._model.parameters()
        self._table.requires_grad_(moving)
        decay = params.weight_decay
        self._adam = torch.optim.AdamW(
            others, betas=(BETA1, BETA2), eps=EPSILON, weight_decay=decay
        )
        self._first, self._second = torch.zeros(2, *self._table.shape, device=device)
        self._done = 0

    def epoch(self, epoch: Epoch, rates: Rates) -> tuple[float, int]:
        """Train as ``Compiled`` does."""
        device, size = self._table.device, self._params.batch
        lengths = np.diff(epoch.offsets).tolist()
        tokens = torch.from_numpy(epoch.tokens).to(device, torch.int64)
        texts = torch.split(tokens, lengths)
        shown = torch.split(torch.from_numpy(epoch.shown).to(device), lengths)
        mask, labels = (torch.from_numpy(a).to(device) for a in (epoch.mask, epoch.labels))
        losses, finite = [], []
        for step, rate in enumerate(rates.tolist()):
            batch = slice(step * size, (step + 1) * size)
            padded = pad_sequence(list(texts[batch]), batch_first=True)
            present = pad_sequence(list(shown[batch]), batch_first=True)
            logits = self._model(padded, present, mask[batch])
            finite.append(logits.isfinite().all())
            smoothing = self._params.label_smoothing
            loss = cross_entropy(logits, labels[batch], label_smoothing=smoothing)
            losses.append(loss.detach().double() * len(logits))
            self._model.zero_grad()
            torch.autograd.backward(loss)
            self._move(torch.unique(torch.cat(texts[batch])), rate)
        taken = int(torch.stack(finite).long().cumprod(0).sum())
        return float(torch.stack(losses).sum()), taken

    @torch.no_grad()
    def _move(self, rows: Tensor, rate: float) -> None:
        """Take a step of Adam: with all weights, and with these rows of the table."""
        self._adam.param_groups[0]["lr"] = rate
        self._adam.step()
        self._done += 1
        if self._table.grad is None:
            return
        gradient = self._table.grad[rows]
        first = self._first[rows].lerp(gradient, 1 - BETA1)
        second = self._second[rows].lerp(gradient**2, 1 - BETA2)
        self._first[rows], self._second[rows] = first, second
        mean, square = first / (1 - BETA1**self._done), second / (1 - BETA2**self._done)
        self._table[rows] -= rate * mean / (square.sqrt() + EPSILON)

    @torch.no_grad()
    def words(self) -> WordProducts:
        """Return the model as texts see it."""
        m = self._model
        products = torch.cat([m.query @ m.key / m.query.shape[1] ** 0.5, m.readout @ m.value])
        of_rows = (m.embedding @ products.T).cpu().numpy()
        return WordProducts(of_rows, m.bias[None].cpu().numpy().copy())

    def weights(self) -> Weights:
        """Return a copy of the weights."""
        return joined({n: t.cpu().numpy().copy() for n, t in self._model.state_dict().items()})
