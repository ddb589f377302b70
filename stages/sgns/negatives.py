"""The noise distribution that negatives are drawn from."""

import torch
from torch import Tensor

from stages.artifacts import UNKNOWN_ID


class NoiseDistribution:
    """P(w) proportional to count(w) ** power (Mikolov et al., 2013b, section 2.2).

    ``<unk>`` is never drawn. A negative may happen to equal the centre or a positive; it is
    kept, as the expectation over the noise distribution in the objective asks.
    """

    def __init__(self, counts: Tensor, power: float) -> None:
        """Take word counts, (V,); ``power`` 0 is uniform, 1 the unigram distribution."""
        weight = counts.to(torch.float64).pow(power)
        weight[UNKNOWN_ID] = 0
        weight[counts == 0] = 0
        self.probability = weight / weight.sum()
        self._cumulative = self.probability.cumsum(0)

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Draw ids of this shape, independently and with replacement."""
        # Scaled by the last entry, which rounding leaves a little off 1.
        chance = torch.rand(shape, generator=generator, dtype=torch.float64)
        return torch.searchsorted(self._cumulative, chance * self._cumulative[-1], right=True)
