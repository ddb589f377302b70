"""The contrastive objectives, with their gradients with respect to the scores in closed form.

A score is the inner product of a centre's and a context's vector. Both objectives tell a
centre's positives from K negatives each, drawn from the noise distribution. Negatives come
from a pool shared by neighbouring centres: a pool of p negatives with weight K/p stands for K
independent ones. For ``nce`` the loss is linear in the negatives' terms, so its expectation is
exactly that of K independent negatives per positive.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Terms:
    """The loss of a batch, summed over its positives, and its gradients.

    positive_loss, negative_loss: scalars, float64. positive_gradient: like the positives'
    scores. negative_gradient: like the negatives' scores.
    """

    positive_loss: Tensor
    negative_loss: Tensor
    positive_gradient: Tensor
    negative_gradient: Tensor


def nce(scores: Tensor, positive: Tensor, noise: Tensor, negatives: int) -> Terms:
    """Return the logistic objective of SGNS (Mikolov et al., 2013b, eq. 4).

    loss = - sum_ij log sigmoid(s_ij) - sum_i m_i (K/p) sum_k log sigmoid(-z_ik), where j runs
    over the m_i positives of centre i and k over the pool.

    Args:
        scores: s, (n, b, w) centre-context scores.
        positive: (n, b, w), whether a pair is a positive.
        noise: z, (n, b, p) centre-negative scores.
        negatives: K.
    """
    mask = positive.to(scores.dtype)
    weight = mask.sum(-1, keepdim=True) * (negatives / noise.shape[-1])
    positive_loss = _total(softplus(-scores).mul_(mask))
    negative_loss = _total(softplus(noise).mul_(weight))
    positive_gradient = torch.sigmoid(scores).sub_(1).mul_(mask)
    negative_gradient = torch.sigmoid(noise).mul_(weight)
    return Terms(positive_loss, negative_loss, positive_gradient, negative_gradient)


def infonce(
    scores: Tensor, positive: Tensor, noise: Tensor, negatives: int, temperature: float = 1.0
) -> Terms:
    """Return the softmax of one positive against its negatives (van den Oord et al., 2018, eq. 4).

    loss = - sum_ij log( e^(s_ij/T) / (e^(s_ij/T) + (K/p) sum_k e^(z_ik/T)) ). The shares of the
    loss: ``positive_loss`` is - sum_ij s_ij/T, ``negative_loss`` the log of the denominators.
    Shapes as in ``nce``.
    """
    scores, noise = scores / temperature, noise / temperature
    rivals = torch.logsumexp(noise, -1, keepdim=True)
    rivals = rivals + torch.log(torch.tensor(negatives / noise.shape[-1], dtype=noise.dtype))
    mask = positive.to(scores.dtype)
    missed = torch.sigmoid(rivals - scores).mul_(mask)
    total = _total(softplus(rivals - scores).mul_(mask))
    positive_loss = -_total(scores * mask)
    share = torch.softmax(noise, -1)
    negative_gradient = missed.sum(-1, keepdim=True) * share / temperature
    return Terms(positive_loss, total - positive_loss, -missed / temperature, negative_gradient)


def _total(losses: Tensor) -> Tensor:
    """Sum rows as they are, and the rows' sums in float64."""
    return losses.sum(-1).sum(dtype=torch.float64)


Objective = Callable[[Tensor, Tensor, Tensor, int], Terms]


def objective(name: str, temperature: float) -> Objective:
    """Return the objective that ``sgns.objective`` names."""
    if name == "nce":
        return nce
    return lambda scores, positive, noise, negatives: infonce(
        scores, positive, noise, negatives, temperature
    )
