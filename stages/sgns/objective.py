"""The contrastive objectives: what is learned, in PyTorch, which differentiates it.

A score is the inner product of a centre's and a key's vector. Both objectives tell a centre's
positives from K negatives each, drawn from the noise distribution. Negatives come from a pool
that neighbouring centres share: a pool of p negatives with weight K/p stands for K independent
ones. For ``nce`` the loss is linear in the negatives' terms, so its expectation is exactly
that of K independent negatives per positive.

Shapes: scores of the window s, and which of its tokens are positives, are (n, b, w), scores of
the pool z (n, b, p). ``kernels`` has the same with their gradients in closed form.
"""

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import softplus


class Objective(Protocol):
    """A loss that is a sum over positives."""

    def __call__(self, window: Tensor, pool: Tensor, positive: Tensor) -> tuple[Tensor, Tensor]:
        """Return the positives' and the negatives' share of the summed loss."""


class Nce:
    """The logistic objective of SGNS (Mikolov et al., 2013b, eq. 4).

    loss = - sum_ij log sigmoid(s_ij) - sum_i m_i (K/p) sum_k log sigmoid(-z_ik), where j runs
    over the m_i positives of centre i and k over its pool.
    """

    def __init__(self, negatives: int) -> None:
        """Take K."""
        self._negatives = negatives

    def __call__(self, window: Tensor, pool: Tensor, positive: Tensor) -> tuple[Tensor, Tensor]:
        """Return both shares."""
        weight = positive.sum(-1, keepdim=True).to(pool) * (self._negatives / pool.shape[-1])
        return softplus(-window)[positive].sum(), (weight * softplus(pool)).sum()


class InfoNce:
    """The softmax of one positive against its negatives (van den Oord et al., 2018, eq. 4).

    loss = - sum_ij log( e^(s_ij/T) / (e^(s_ij/T) + (K/p) sum_k e^(z_ik/T)) ). The shares of the
    loss: the positives' is - sum_ij s_ij/T, the negatives' the log of the denominators.
    """

    def __init__(self, negatives: int, temperature: float) -> None:
        """Take K and T."""
        self._negatives, self._temperature = negatives, temperature

    def __call__(self, window: Tensor, pool: Tensor, positive: Tensor) -> tuple[Tensor, Tensor]:
        """Return both shares."""
        near, far = window / self._temperature, pool / self._temperature
        weight = math.log(self._negatives / pool.shape[-1])
        rivals = torch.logsumexp(far, -1, keepdim=True) + weight
        attraction = near[positive].sum()
        return -attraction, softplus(rivals - near)[positive].sum() + attraction


def objective(name: str, negatives: int, temperature: float) -> Objective:
    """Return the objective that ``sgns.objective`` names."""
    return Nce(negatives) if name == "nce" else InfoNce(negatives, temperature)
