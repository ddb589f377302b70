"""The two tables of SGNS, and the gradient of a batch with respect to their rows."""

from dataclasses import dataclass

import torch
from torch import Tensor

from stages.sgns.objective import Objective, Terms
from stages.sgns.windows import Blocks


@dataclass(frozen=True)
class SkipGram:
    """centre: (V, d) vectors of words as centres. context: (V, d) of words as contexts."""

    centre: Tensor
    context: Tensor

    @classmethod
    def initial(
        cls, words: int, dim: int, generator: torch.Generator, device: torch.device
    ) -> "SkipGram":
        """Start as word2vec.c does: centres uniform in +-1/(2d), contexts zero."""
        centre = (torch.rand(words, dim, generator=generator) - 0.5) / dim
        return cls(centre.to(device), torch.zeros(words, dim, device=device))

    def forward(
        self, blocks: Blocks, pool: Tensor, negatives: int, objective: Objective
    ) -> "Batch":
        """Score a batch. ``pool`` is (g, p) ids; consecutive blocks share a row of it."""
        centres = self.centre[blocks.centres]
        contexts = self.context[blocks.contexts]
        noise = self.context[pool]
        groups, dim = len(pool), centres.shape[-1]
        scores = centres @ contexts.mT
        against_pool = (centres.view(groups, -1, dim) @ noise.mT).view(*centres.shape[:2], -1)
        terms = objective(scores, blocks.positive, against_pool, negatives)
        return Batch(blocks, pool, centres, contexts, noise, terms)


@dataclass(frozen=True)
class Batch:
    """A scored batch. centres: (n, b, d), contexts: (n, w, d), noise: (g, p, d) vectors."""

    blocks: Blocks
    pool: Tensor
    centres: Tensor
    contexts: Tensor
    noise: Tensor
    terms: Terms

    def add_gradients(self, centre: Tensor, context: Tensor, scale: float) -> None:
        """Add ``scale`` times the gradient of the summed loss to two tables, (V, d) each."""
        groups, dim = len(self.pool), self.centres.shape[-1]
        positive = self.terms.positive_gradient * scale
        negative = (self.terms.negative_gradient * scale).view(groups, -1, self.pool.shape[-1])
        grouped = self.centres.view(groups, -1, dim)
        to_centres = positive @ self.contexts + (negative @ self.noise).view_as(self.centres)
        to_contexts = positive.mT @ self.centres
        to_noise = negative.mT @ grouped
        centre.index_add_(0, self.blocks.centres.reshape(-1), to_centres.view(-1, dim))
        context.index_add_(0, self.blocks.contexts.reshape(-1), to_contexts.view(-1, dim))
        context.index_add_(0, self.pool.view(-1), to_noise.view(-1, dim))
