"""SGNS the slow, obvious way: a double loop over pairs, which autograd differentiates."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from stages.sgns.batches import Batch
from stages.sgns.model import TorchLearner


def shares_of_loss(
    vectors: Tensor, batch: Batch, block: int, negatives: int, objective: str, temperature: float
) -> tuple[Tensor, Tensor]:
    """Return the positives' and the negatives' share of the summed loss.

    K negatives are K/p of the sum over the pool of a centre's block.
    """
    centre, context = vectors.chunk(2)
    positive, negative = torch.zeros(2, dtype=vectors.dtype)
    for i, word in enumerate(batch.tokens):
        rivals = context[batch.pool[i // block]] @ centre[word]
        weight = negatives / len(rivals)
        for j in range(i - batch.left[i], i + batch.right[i] + 1):
            if j == i:
                continue
            score = centre[word] @ context[batch.tokens[j]]
            if objective == "nce":
                positive = positive - logsigmoid(score)
                negative = negative - weight * logsigmoid(-rivals).sum()
            else:
                of_rivals = weight * torch.exp(rivals / temperature).sum()
                positive = positive - score / temperature
                negative = negative + torch.log(torch.exp(score / temperature) + of_rivals)
    return positive, negative


def gradient_of(learner: TorchLearner, batch: Batch) -> Tensor:
    """The gradient of every row, (2V, d)."""
    positive, negative, _ = learner._shares(batch)
    learner.model.zero_grad()
    torch.autograd.backward(positive + negative)
    tables = (learner.model.centre.weight.grad, learner.model.context.weight.grad)
    return torch.cat([table.to_dense() for table in tables if table is not None])
