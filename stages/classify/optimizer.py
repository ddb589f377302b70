"""Adam for the weights of stacked runs and for the word rows that a step used.

Written out because it is most of a step's work: ``torch.optim`` has the two rules apart, AdamW
and SparseAdam, and sorts the rows of a gradient again that are known to differ.
"""

import torch
from torch import Tensor

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1) with decoupled decay for the weights.

    Loshchilov and Hutter (2019), algorithm 2. The rows of the embedding have no decay, and
    those that are not in a batch keep their moments: the lazy variant of the same rule.
    """

    def __init__(self, weights: Tensor, table: Tensor, decay: float, moving: bool = True) -> None:
        """Take what is to be changed in place: weights of any shape, and a table, (rows, d).

        A table that is not ``moving`` needs no moments.
        """
        self._weights, self._table, self._decay = weights, table, decay
        self._first, self._second = torch.zeros_like(weights), torch.zeros_like(weights)
        rows = table if moving else table[:0]
        self._row_first, self._row_second = torch.zeros_like(rows), torch.zeros_like(rows)
        self._steps = 0

    @torch.no_grad()
    def step(
        self, gradient: Tensor, rows: Tensor | None, row_gradient: Tensor | None, lr: float
    ) -> None:
        """Move the weights, and the different ``rows``, (u,), by their gradient, (u, d)."""
        self._steps += 1
        self._weights.mul_(1 - lr * self._decay)
        self._weights.add_(self._move(self._first, self._second, gradient, lr))
        if rows is None or row_gradient is None:
            return
        first = self._row_first.index_select(0, rows)
        second = self._row_second.index_select(0, rows)
        move = self._move(first, second, row_gradient, lr)
        self._row_first.index_copy_(0, rows, first)
        self._row_second.index_copy_(0, rows, second)
        self._table.index_add_(0, rows, move)

    def _move(self, first: Tensor, second: Tensor, gradient: Tensor, lr: float) -> Tensor:
        """Bring both moments up to date, in place; return what to add."""
        first.lerp_(gradient, 1 - BETA1)
        second.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        # The corrections of both moments in one factor, as in the paper's section 2.
        correction = (1 - BETA2**self._steps) ** 0.5
        root = second.sqrt().add_(EPSILON * correction)
        return first.div(root).mul_(-lr * correction / (1 - BETA1**self._steps))
