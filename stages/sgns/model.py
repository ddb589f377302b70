"""SGNS in PyTorch: the definition, which autograd differentiates, and how CUDA trains.

``kernels`` has the same as loops for the CPU; tests hold them to this.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from stages.core.arrays import FloatArray
from stages.sgns.batches import Batch, Layout
from stages.sgns.learner import Sums
from stages.sgns.objective import objective
from stages.sgns.params import SgnsParams
from stages.sgns.rule import DECAY, LEAST_SQUARE, stretch
from stages.vectors.tokens import UNKNOWN_ID


class SkipGram(nn.Module):
    """Vectors of words as centres and as contexts: their inner product is a pair's score."""

    def __init__(self, initial: Tensor) -> None:
        """Take the centres' vectors, (V, d), as they start; the contexts' start at zero.

        As word2vec.c starts, if those are uniform in +-1/(2d).
        """
        super().__init__()
        words, dim = initial.shape
        self.centre = nn.Embedding(words, dim, sparse=True, _weight=initial)
        self.context = nn.Embedding(words, dim, sparse=True, _weight=torch.zeros_like(initial))

    def forward(self, centres: Tensor, keys: Tensor) -> Tensor:
        """Return the scores, (n, b, k), of centres, (n, b), with their blocks' keys, (n, k)."""
        scores: Tensor = torch.bmm(self.centre(centres), self.context(keys).mT)
        return scores


class RowRmsprop(torch.optim.Optimizer):
    """RMSprop with one scale for a row, for sparse gradients: see ``rule``."""

    def __init__(self, params: Iterable[nn.Parameter], lr: float) -> None:
        """Take the tables, and the length of a step."""
        super().__init__(params, {"lr": lr})
        for table in self.tables():
            self.state[table] = {"square": table.new_zeros(len(table)), "steps": 0}

    def tables(self) -> list[nn.Parameter]:
        """Return the tables, in the order in which they were given."""
        return [table for group in self.param_groups for table in group["params"]]

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Move the rows whose gradient is not zero."""
        for table in self.tables():
            assert table.grad is not None
            gradient, state = table.grad.coalesce(), self.state[table]
            used = gradient.values().any(1)
            rows, values = gradient.indices()[0][used], gradient.values()[used]
            state["steps"] += 1
            square = torch.lerp(values.square().mean(1), state["square"][rows], DECAY)
            state["square"][rows] = square
            corrected = (square / (1 - DECAY ** state["steps"])).clamp_min(LEAST_SQUARE)
            table[rows] -= self.param_groups[0]["lr"] * values / corrected.sqrt()[:, None]


class TorchLearner:
    """The same as ``CompiledLearner`` by PyTorch, on any of its devices."""

    def __init__(
        self, initial: FloatArray, params: SgnsParams, layout: Layout, device: str
    ) -> None:
        """Take the centres' vectors, (V, d), as they start."""
        self._layout, self._device = layout, device
        self._objective = objective(params.objective, params.K, params.temperature)
        self._stretch = stretch(params.objective, params.K)
        self.model = SkipGram(torch.from_numpy(initial.copy()).to(device))
        self._optimizer = RowRmsprop(self.model.parameters(), params.lr)
        self.steps = 0

    def losses(self, batch: Batch) -> Sums:
        """Do as ``CompiledLearner`` does."""
        with torch.no_grad():
            positive, negative, pairs = self._shares(batch)
        return np.array([positive.item(), negative.item(), pairs])

    def step(self, batch: Batch, lr: float) -> bool:
        """Do as ``CompiledLearner`` does."""
        positive, negative, _ = self._shares(batch)
        self._optimizer.zero_grad()
        torch.autograd.backward(positive + negative)
        self._optimizer.param_groups[0]["lr"] = lr * self._stretch
        self._optimizer.step()
        self.steps += 1
        return bool((positive + negative).isfinite())

    def state(self) -> dict[str, FloatArray]:
        """Do as ``CompiledLearner`` does."""
        tables = self._optimizer.tables()
        squares = [self._optimizer.state[table]["square"] for table in tables]
        both = {"vectors": torch.cat(list(tables)), "square": torch.cat(squares)}
        return {name: tensor.detach().cpu().numpy() for name, tensor in both.items()}

    @torch.no_grad()
    def load(self, state: dict[str, FloatArray], steps: int) -> None:
        """Do as ``CompiledLearner`` does."""
        vectors, square = (torch.from_numpy(state[name]).chunk(2) for name in ("vectors", "square"))
        for table, rows, means in zip(self._optimizer.tables(), vectors, square, strict=True):
            table.copy_(rows)
            self._optimizer.state[table]["square"].copy_(means)
            self._optimizer.state[table]["steps"] = steps
        self.steps = steps

    def _shares(self, batch: Batch) -> tuple[Tensor, Tensor, int]:
        """Return both shares of the loss, and how many positives."""
        centres, keys, positive = (
            torch.from_numpy(array).to(self._device) for array in self._blocks(batch)
        )
        scores, window = self.model(centres, keys), positive.shape[-1]
        shares = self._objective(scores[..., :window], scores[..., window:], positive)
        return *shares, int(positive.sum())

    def _blocks(self, batch: Batch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return centres, (n, b), keys, (n, w + p), and which of the window are positives.

        The last block's missing centres are ``<unk>`` and have no positives.
        """
        radius, block = self._layout.radius, self._layout.block
        missing = -len(batch.tokens) % block
        padded = np.pad(batch.tokens, (radius, radius + missing), constant_values=UNKNOWN_ID)
        windows = np.lib.stride_tricks.sliding_window_view(padded, block + 2 * radius)[::block]
        left, right = (np.pad(reach, (0, missing)) for reach in (batch.left, batch.right))
        distance = np.arange(windows.shape[1]) - radius - np.arange(block)[:, None]
        left, right = left.reshape(-1, block, 1), right.reshape(-1, block, 1)
        positive = (distance >= -left) & (distance <= right) & (distance != 0)
        centres = windows[:, radius : radius + block]
        return centres.copy(), np.concatenate([windows, batch.pool], 1), positive
