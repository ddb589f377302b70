"""The contrastive objectives, with their gradients with respect to the scores in closed form.

A score is the inner product of a centre's and a key's vector. Both objectives tell a centre's
positives from K negatives each, drawn from the noise distribution. Negatives come from a pool
that neighbouring centres share: a pool of p negatives with weight K/p stands for K independent
ones. For ``nce`` the loss is linear in the negatives' terms, so its expectation is exactly
that of K independent negatives per positive.

Shapes: scores, positive and the gradient are (n, b, w + p), keys of the window first.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Labels:
    """What a batch's keys are to its centres.

    positive: 1 where a key is a positive, else 0. weight: what the comparison of a centre with
    a key counts: 1 for a positive, m K/p for each of the pool where the centre has m positives.
    window: w.
    """

    positive: Tensor
    weight: Tensor
    window: int

    @classmethod
    def of(cls, positive: Tensor, window: int, negatives: int, dtype: torch.dtype) -> "Labels":
        """Weigh the pool's keys for ``negatives`` K; ``positive`` is boolean."""
        pool = positive.shape[-1] - window
        weight = positive.to(torch.float64)
        weight[..., window:] = weight.sum(-1, keepdim=True) * (negatives / pool)
        return cls(positive.to(dtype), weight.to(dtype), window)

    def at(self, cases: Tensor) -> "Labels":
        """Look up the labels of centres, (n, b) rows of these, as (n, b, w + p)."""
        positive, weight = (
            table.index_select(0, cases.reshape(-1)).view(*cases.shape, -1)
            for table in (self.positive, self.weight)
        )
        return Labels(positive, weight, self.window)


class Objective(Protocol):
    """A loss that is a sum over positives, and its gradient."""

    def gradient(self, scores: Tensor, labels: Labels) -> Tensor:
        """Return the gradient of the summed loss with respect to the scores; may reuse them."""

    def losses(self, scores: Tensor, labels: Labels) -> tuple[float, float]:
        """Return the positives' and the negatives' share of the summed loss."""

    def stretch(self, negatives: int) -> float:
        """Return how many times as long K negatives make a row's gradient as one does."""


class Nce:
    """The logistic objective of SGNS (Mikolov et al., 2013b, eq. 4).

    loss = - sum_ij log sigmoid(s_ij) - sum_i m_i (K/p) sum_k log sigmoid(-z_ik), where j runs
    over the m_i positives of centre i and k over its pool.
    """

    def gradient(self, scores: Tensor, labels: Labels) -> Tensor:
        """Return weight * sigmoid(score) - positive, in place of the scores."""
        return scores.sigmoid_().mul_(labels.weight).sub_(labels.positive)

    def losses(self, scores: Tensor, labels: Labels) -> tuple[float, float]:
        """Return both shares."""
        repulsion = softplus(scores)  # - log sigmoid(-s); of a positive it is this less s
        positive = (repulsion - scores).mul_(labels.positive)
        negative = repulsion.mul_(labels.weight - labels.positive)
        return _total(positive), _total(negative)

    def stretch(self, negatives: int) -> float:
        """Return sqrt((1 + K) / 2).

        Before training every score is 0 and every comparison pulls alike, each in a direction
        of its own: the squared length grows as the number of comparisons, 1 + K a positive.
        """
        return math.sqrt((1 + negatives) / 2)


class InfoNce:
    """The softmax of one positive against its negatives (van den Oord et al., 2018, eq. 4).

    loss = - sum_ij log( e^(s_ij/T) / (e^(s_ij/T) + (K/p) sum_k e^(z_ik/T)) ). The shares of the
    loss: the positives' is - sum_ij s_ij/T, the negatives' the log of the denominators.
    """

    def __init__(self, temperature: float) -> None:
        """Take T."""
        self._temperature = temperature

    def gradient(self, scores: Tensor, labels: Labels) -> Tensor:
        """Return the gradient: what each positive lacks of probability 1, shared by the pool."""
        near, far, rivals = self._split(scores, labels)
        missed = torch.sigmoid(rivals - near).mul_(labels.positive[..., : labels.window])
        share = torch.softmax(far, -1)
        both = torch.cat([-missed, missed.sum(-1, keepdim=True) * share], -1)
        return (both / self._temperature).to(scores.dtype)

    def losses(self, scores: Tensor, labels: Labels) -> tuple[float, float]:
        """Return both shares."""
        near, _, rivals = self._split(scores, labels)
        positive = labels.positive[..., : labels.window]
        whole = _total(softplus(rivals - near).mul_(positive))
        attraction = _total(near * positive)
        return -attraction, whole + attraction

    def stretch(self, negatives: int) -> float:
        """Return 1: however many negatives there are, they share what the positive misses."""
        return 1.0

    def _split(self, scores: Tensor, labels: Labels) -> tuple[Tensor, Tensor, Tensor]:
        # (n, b, w) and (n, b, p) scores over T, and the log of the rivals' sum, (n, b, 1).
        scaled = scores.to(torch.promote_types(scores.dtype, torch.float32)) / self._temperature
        near, far = scaled[..., : labels.window], scaled[..., labels.window :]
        positives = labels.positive.sum(-1, keepdim=True).clamp_min(1)
        one_in_pool = labels.weight[..., -1:] / positives  # K/p, where there is a positive
        log_weight = torch.where(one_in_pool > 0, one_in_pool, 1).log()
        return near, far, torch.logsumexp(far, -1, keepdim=True) + log_weight


def _total(losses: Tensor) -> float:
    """Sum rows as they are, and the rows' sums in float64."""
    return losses.sum(-1).sum(dtype=torch.float64).item()


def objective(name: str, temperature: float) -> Objective:
    """Return the objective that ``sgns.objective`` names."""
    return Nce() if name == "nce" else InfoNce(temperature)
