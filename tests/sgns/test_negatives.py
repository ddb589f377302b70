import numpy as np
import torch
from scipy import stats

from stages.sgns.negatives import NoiseDistribution


def test_frequencies_follow_count_to_the_power() -> None:
    counts = torch.tensor([100, 80, 40, 20, 10, 0, 5])
    noise = NoiseDistribution(counts, 0.75)
    drawn = noise.sample((400, 500), torch.Generator().manual_seed(0))
    observed = np.bincount(drawn.reshape(-1).numpy(), minlength=7)
    weight = counts.numpy().astype(float) ** 0.75
    weight[0] = 0
    expected = weight / weight.sum() * drawn.numel()
    assert observed[0] == observed[5] == 0
    possible = expected > 0
    assert stats.chisquare(observed[possible], expected[possible]).pvalue > 1e-4


def test_power_zero_is_uniform_and_one_is_the_unigram_distribution() -> None:
    counts = torch.tensor([7, 6, 3, 1])
    assert NoiseDistribution(counts, 0.0).probability.tolist() == [0, 1 / 3, 1 / 3, 1 / 3]
    assert NoiseDistribution(counts, 1.0).probability.tolist() == [0, 0.6, 0.3, 0.1]


def test_the_same_generator_state_draws_the_same_ids() -> None:
    noise = NoiseDistribution(torch.arange(50), 0.75)
    first, second = (noise.sample((5, 4), torch.Generator().manual_seed(9)) for _ in range(2))
    assert torch.equal(first, second)
