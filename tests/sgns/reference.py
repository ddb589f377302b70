"""SGNS the slow, obvious way: double loops over pairs, and autograd."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


def positive_pairs(tokens: list[int], rows: list[int], radii: list[int]) -> list[tuple[int, int]]:
    """Return the positions (centre, context) of every positive."""
    return [
        (i, j)
        for i in range(len(tokens))
        for j in range(len(tokens))
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
