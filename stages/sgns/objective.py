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
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import softplus

# From scores and positives to the positives' and the negatives' share of the summed loss.
Objective = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def nce(window: Tensor, pool: Tensor, positive: Tensor, negatives: int) -> tuple[Tensor, Tensor]:
    """Return both shares of the logistic objective of SGNS (Mikolov et al., 2013b, eq. 4).

    loss = - sum_ij log sigmoid(s_ij) - sum_i m_i (K/p) sum_k log sigmoid(-z_ik), where j runs
    over the m_i positives of centre i and k over its pool.
    """
    weight = positive.sum(-1, keepdim=True).to(pool) * (negatives / pool.shape[-1])
    return softplus(-window)[positive].sum(), (weight * softplus(pool)).sum()


def infonce(
    window: Tensor, pool: Tensor, positive: Tensor, negatives: int, temperature: float
) -> tuple[Tensor, Tensor]:
    """Return both shares of a softmax over a positive and its negatives.

    Van den Oord et al. (2018), eq. 4:
    loss = - sum_ij log( e^(s_ij/T) / (e^(s_ij/T) + (K/p) sum_k e^(z_ik/T)) ). The shares of the
    loss: the positives' is - sum_ij s_ij/T, the negatives' the log of the denominators.
    """
    near, far = window / temperature, pool / temperature
    weight = math.log(negatives / pool.shape[-1])
    rivals = torch.logsumexp(far, -1, keepdim=True) + weight
    attraction = near[positive].sum()
    return -attraction, softplus(rivals - near)[positive].sum() + attraction


def objective(name: str, negatives: int, temperature: float) -> Objective:
    """Return the objective that ``sgns.objective`` names."""
    if name == "nce":
        return partial(nce, negatives=negatives)
    return partial(infonce, negatives=negatives, temperature=temperature)
