"""The noise distribution that negatives are drawn from."""

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from stages.files.arrays import IntArray, LongArray
from stages.files.tokens import UNKNOWN_ID


class NoiseDistribution:
    """P(w) proportional to count(w) ** power (Mikolov et al., 2013b, section 2.2).

    ``<unk>`` is never drawn. A negative may happen to equal the centre or a positive; it is
    kept, as the expectation over the noise distribution in the objective asks.
    """

    def __init__(self, counts: LongArray, power: float) -> None:
        """Take word counts, (V,); ``power`` 0 is uniform, 1 the unigram distribution."""
        weight = np.where(counts > 0, np.maximum(counts, 1) ** np.float64(power), 0.0)
        weight[UNKNOWN_ID] = 0
        self.probability = weight / max(weight.sum(), np.finfo(np.float64).tiny)
        self._accept, self._alias = alias_table(self.probability)

    def sample(self, shape: tuple[int, ...], random: Generator) -> IntArray:
        """Draw ids of this shape, independently and with replacement."""
        place = random.random(shape) * len(self._accept)
        word = place.astype(np.int32)
        return np.where(place - word < self._accept[word], word, self._alias[word])


def alias_table(
    probability: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], IntArray]:
    """Return the alias method's table: chance to accept each word, and the word else, (V,) each.

    A draw picks a word uniformly, and keeps it or takes its alias: constant time a draw
    (Walker, 1977; built as by Vose, 1991).
    """
    accept = probability * len(probability)
    alias = np.arange(len(probability), dtype=np.int32)
    poor = list(np.flatnonzero(accept < 1))
    rich = list(np.flatnonzero(accept >= 1))
    while poor and rich:
        word, giver = poor.pop(), rich[-1]
        alias[word] = giver
        accept[giver] -= 1 - accept[word]
        if accept[giver] < 1:
            poor.append(rich.pop())
    # What is left differs from 1 by rounding, unless no word has any probability.
    accept[[*poor, *rich]] = 1
    return accept, alias
