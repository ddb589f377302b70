"""The definition in PyTorch: scores, and the optimizer, held to slow references."""

import math

import numpy as np
import torch

from stages.sgns.model import RowRmsprop
from stages.sgns.rule import DECAY
from tests.sgns.reference import RowwiseRmsprop


def test_steps_equal_rmsprop_a_row_at_a_time() -> None:
    random = np.random.default_rng(7)
    table = torch.nn.Parameter(torch.from_numpy(random.normal(size=(16, 4))))
    slow, optimizer = RowwiseRmsprop(table.tolist(), DECAY), RowRmsprop([table], 0.1)
    for step in range(1, 9):
        rows = random.choice(16, int(random.integers(1, 9)), replace=False)
        gradient = random.normal(size=(len(rows), 4)) * 10.0 ** random.integers(-4, 5)
        gradient[0] = 0  # as of a row that no window reached: it is not used
        index = torch.from_numpy(rows)[None]
        table.grad = torch.sparse_coo_tensor(index, torch.from_numpy(gradient), (16, 4))
        optimizer.param_groups[0]["lr"] = 0.1 / step
        optimizer.step()
        used = {r: g for r, g in zip(rows.tolist(), gradient.tolist(), strict=True) if any(g)}
        slow.step(used, 0.1 / step)
    torch.testing.assert_close(table.data, torch.tensor(slow.vectors, dtype=torch.float64))


def test_the_first_step_is_lr_a_dimension_against_the_gradient() -> None:
    table = torch.nn.Parameter(torch.zeros(3, 4, dtype=torch.float64))
    gradient = torch.tensor([[3e-6, -4e-6, 0, 5e-6]], dtype=torch.float64)
    table.grad = torch.sparse_coo_tensor(torch.tensor([[1]]), gradient, (3, 4))
    RowRmsprop([table], 0.25).step()
    moved = table.data[1]
    assert math.isclose(moved.norm().item(), 0.25 * math.sqrt(4), rel_tol=1e-9)
    assert torch.allclose(moved / moved.norm(), -gradient[0] / gradient.norm())
    assert not table.data[[0, 2]].any()
