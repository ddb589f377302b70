"""SGNS the slow, obvious way: double loops over pairs, autograd, and a row at a time."""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


def positive_pairs(rows: list[int], radii: list[int]) -> list[tuple[int, int]]:
    """Return the positions (centre, context) of every positive, given each position's row."""
    return [
        (i, j)
        for i in range(len(rows))
        for j in range(len(rows))
        if i != j and abs(i - j) <= radii[i] and rows[i] == rows[j]
    ]


def nce_loss(
    centre: Tensor,
    context: Tensor,
    tokens: list[int],
    pairs: list[tuple[int, int]],
    negatives: list[list[int]],
) -> Tensor:
    """Return the summed loss of SGNS with its own list of negatives for each pair."""
    total = torch.zeros((), dtype=centre.dtype)
    for (i, j), drawn in zip(pairs, negatives, strict=True):
        vector = centre[tokens[i]]
        total = total - logsigmoid(vector @ context[tokens[j]])
        for k in drawn:
            total = total - logsigmoid(-(vector @ context[k]))
    return total


def pooled_nce_loss(
    centre: Tensor,
    context: Tensor,
    tokens: list[int],
    pairs: list[tuple[int, int]],
    pool_of: list[list[int]],
    negatives: int,
) -> Tensor:
    """Return the summed loss where K negatives are K/p of the sum over a centre's pool."""
    total = torch.zeros((), dtype=centre.dtype)
    for i, j in pairs:
        vector = centre[tokens[i]]
        pool = context[pool_of[i]]
        total = total - logsigmoid(vector @ context[tokens[j]])
        total = total - negatives / len(pool) * logsigmoid(-(pool @ vector)).sum()
    return total


def pooled_infonce_loss(
    centre: Tensor,
    context: Tensor,
    tokens: list[int],
    pairs: list[tuple[int, int]],
    pool_of: list[list[int]],
    negatives: int,
    temperature: float,
) -> Tensor:
    """Return the summed softmax loss of one positive against its K weighted negatives."""
    total = torch.zeros((), dtype=centre.dtype)
    for i, j in pairs:
        vector = centre[tokens[i]]
        pool = context[pool_of[i]]
        positive = torch.exp(vector @ context[tokens[j]] / temperature)
        rivals = negatives / len(pool) * torch.exp(pool @ vector / temperature).sum()
        total = total - torch.log(positive / (positive + rivals))
    return total


class RowwiseRmsprop:
    """RMSprop with one scale a row, in Python's own numbers.

    A row that a step does not use keeps its mean square: its mean is over the steps that use it.
    """

    def __init__(self, vectors: list[list[float]], decay: float) -> None:
        """Start from these vectors, with no gradient seen."""
        self.vectors = [list(vector) for vector in vectors]
        self.squares = [0.0] * len(vectors)
        self._decay, self._steps = decay, 0

    def step(self, gradients: dict[int, list[float]], lr: float) -> None:
        """Move the rows that have a gradient."""
        self._steps += 1
        for row, gradient in gradients.items():
            mean_square = sum(g * g for g in gradient) / len(gradient)
            old = self.squares[row]
            self.squares[row] = self._decay * old + (1 - self._decay) * mean_square
            corrected = self.squares[row] / (1 - self._decay**self._steps)
            if corrected > 0:
                scale = lr / math.sqrt(corrected)
                self.vectors[row] = [
                    x - scale * g for x, g in zip(self.vectors[row], gradient, strict=True)
                ]
