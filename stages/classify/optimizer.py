"""Adam for few weights and many word rows, of which a step touches only those it used.

Written out because it is most of a step's work beside the model: against ``torch.optim``'s
AdamW and SparseAdam, which give the same numbers (SparseAdam up to its epsilon), training takes
a third less time.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1) with decoupled decay for the weights.

    Loshchilov and Hutter (2019), algorithm 2. The rows of the embedding have no decay, and
    those that are not in a batch keep their moments: the lazy variant of the same rule.
    """

    def __init__(self, weights: Sequence[Tensor], table: Tensor, decay: float) -> None:
        """Take what is to be moved: weights, changed in place, and a table, (rows, d)."""
        self._weights, self._table, self._decay = list(weights), table, decay
        flat = torch.cat([weight.detach().reshape(-1) for weight in weights])
        self._moments = torch.zeros(2, len(flat), device=flat.device)
        # Both moments of a row side by side: fetching and storing them is what costs.
        self._row_moments = torch.zeros(len(table), 2, table.shape[1], device=table.device)
        self._steps = 0

    @torch.no_grad()
    def step(
        self, gradients: Sequence[Tensor], rows: Tensor, row_gradient: Tensor | None, lr: float
    ) -> None:
        """Move the weights, and the different ``rows``, (u,), by their gradient, (u, d)."""
        self._steps += 1
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        first, second = self._moments
        move = self._update(first, second, flat, lr)
        start = 0
        for weight in self._weights:
            part = move[start : start + weight.numel()].view_as(weight)
            weight.mul_(1 - lr * self._decay).sub_(part)
            start += weight.numel()
        if row_gradient is None:
            return
        moments = self._row_moments.index_select(0, rows)
        move = self._update(moments[:, 0], moments[:, 1], row_gradient, lr)
        self._row_moments.index_copy_(0, rows, moments)
        self._table.index_add_(0, rows, move, alpha=-1)

    def _update(self, first: Tensor, second: Tensor, gradient: Tensor, lr: float) -> Tensor:
        """Bring both moments up to date, in place; return what to subtract."""
        first.lerp_(gradient, 1 - BETA1)
        second.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        scale = (1 - BETA2**self._steps) ** 0.5
        root = second.sqrt().div_(scale).add_(EPSILON)
        return first.div(root).mul_(lr / (1 - BETA1**self._steps))
