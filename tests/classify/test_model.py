import math

import torch
from torch import Tensor

from stages.classify.model import ClassAttention
from stages.classify.weights import named
from tests.classify.examples import weights

ROWS, DIM, CLASSES = 11, 6, 3


def model() -> ClassAttention:
    return ClassAttention(named(weights(4, ROWS, CLASSES, DIM))).double()


def present(lengths: list[int], width: int) -> Tensor:
    return torch.arange(width) < torch.tensor(lengths)[:, None]


@torch.no_grad()
def slow_logits(m: ClassAttention, tokens: list[int]) -> list[float]:
    """The docstring's formulas, one class and one token at a time."""
    logits = []
    for c in range(CLASSES):
        keys = [m.key @ m.embedding[t] for t in tokens]
        values = [m.value @ m.embedding[t] for t in tokens]
        shares = [math.exp(float(m.query[c] @ key) / math.sqrt(DIM)) for key in keys]
        seen = sum(
            (w / sum(shares) * v for w, v in zip(shares, values, strict=True)),
            torch.zeros(DIM, dtype=torch.float64),
        )
        logits.append(float(m.readout[c] @ seen + m.bias[c]))
    return logits


def forward(m: ClassAttention, rows: list[list[int]], width: int) -> Tensor:
    padded = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    logits: Tensor = m(padded, present([len(row) for row in rows], width))
    return logits


def test_equals_a_loop_over_classes_and_tokens() -> None:
    rows = [[1, 2, 3], [4], [5, 5, 9, 10]]
    expected = torch.tensor([slow_logits(model(), row) for row in rows], dtype=torch.float64)
    torch.testing.assert_close(forward(model(), rows, 4), expected)


@torch.no_grad()
def test_a_mask_multiplies_all_embeddings_of_an_example() -> None:
    m, mask = model(), torch.tensor([2.0, 0, 2, 0, 2, 0], dtype=torch.float64)
    tokens, shown = torch.tensor([[1, 2, 3]]), present([3], 3)
    masked = m(tokens, shown, mask[None])
    m.embedding.mul_(mask)
    torch.testing.assert_close(masked, m(tokens, shown))
