"""Our Adam beside torch's own AdamW and SparseAdam, which are second implementations."""

import numpy as np
import torch
from stages.classify.optimizer import Adam
from torch import Tensor

ROWS, DIM = 9, 3


def gradients(step: int) -> tuple[Tensor, Tensor, Tensor]:
    """Made-up gradients of weights and of some rows of a table."""
    generator = torch.Generator().manual_seed(step)
    weights = torch.randn(2, 5, generator=generator)
    rows = torch.randperm(ROWS, generator=generator)[: 2 + step % 4].sort().values
    return weights, rows, torch.randn(len(rows), DIM, generator=generator)


def initial() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(99)
    return torch.randn(2, 5, generator=generator), torch.randn(ROWS, DIM, generator=generator)


def test_weights_move_as_with_adamw_and_rows_as_with_sparse_adam() -> None:
    weights, table = initial()
    ours = Adam(weights, table, decay=0.1)
    their_weights, their_table = initial()
    parameter, embedding = torch.nn.Parameter(their_weights), torch.nn.Parameter(their_table)
    adamw = torch.optim.AdamW([parameter], lr=1.0, weight_decay=0.1)
    sparse = torch.optim.SparseAdam([embedding], lr=1.0)
    for step in range(12):
        lr = 0.1 * (1 - step / 12)
        weight_gradient, rows, row_gradient = gradients(step)
        ours.step(weight_gradient, rows, row_gradient, lr)
        parameter.grad = weight_gradient
        embedding.grad = torch.sparse_coo_tensor(rows[None], row_gradient, (ROWS, DIM))
        for optimizer in (adamw, sparse):
            optimizer.param_groups[0]["lr"] = lr
            optimizer.step()
        for mine, theirs in ((weights, parameter), (table, embedding)):
            np.testing.assert_allclose(mine.numpy(), theirs.detach().numpy(), rtol=2e-4, atol=1e-6)


def test_rows_that_a_step_does_not_use_stay() -> None:
    weights, table = initial()
    before, optimizer = table.clone(), Adam(weights, table, decay=0.0)
    rows = torch.tensor([2, 5])
    optimizer.step(torch.ones_like(weights), rows, torch.ones(2, DIM), 0.1)
    assert torch.equal((table != before).any(1), torch.isin(torch.arange(ROWS), rows))


def test_the_first_step_is_as_long_as_the_learning_rate() -> None:
    weights, table = initial()
    before, optimizer = weights.clone(), Adam(weights, table, decay=0.0, moving=False)
    optimizer.step(torch.full_like(weights, -7.0), None, None, 0.25)
    np.testing.assert_allclose((weights - before).numpy(), 0.25, rtol=1e-5)
