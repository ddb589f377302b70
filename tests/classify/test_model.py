import math

import torch

from stages.classify.model import ClassAttention
from stages.classify.weights import named
from tests.classify.examples import weights

ROWS, DIM, CLASSES = 11, 6, 3


@torch.no_grad()
def test_equals_a_loop_over_texts_and_classes() -> None:
    """The docstring's formulas; a mask multiplies all embeddings of a text."""
    m = ClassAttention(named(weights(4, ROWS, CLASSES, DIM))).double()
    mask = torch.tensor([2.0, 0, 2, 1, 2, 0], dtype=torch.float64)
    for tokens in ([1, 2, 3], [4], [5, 5, 9, 10]):
        embedded, expected = mask * m.embedding[tokens], []
        for c in range(CLASSES):
            shares = torch.exp(embedded @ m.key.T @ m.query[c] / math.sqrt(DIM))
            seen = shares / shares.sum() @ (embedded @ m.value.T)
            expected.append(m.readout[c] @ seen + m.bias[c])
        padded = torch.tensor([[*tokens, 0, 0]])
        present = torch.arange(len(tokens) + 2)[None] < len(tokens)
        torch.testing.assert_close(m(padded, present, mask[None])[0], torch.stack(expected))
