"""The noise distribution that negatives are drawn from."""

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from stages.core.arrays import IntArray, LongArray
from stages.sampling import kernels


class NoiseDistribution:
    """P(w) proportional to count(w) ** power (Mikolov et al., 2013b, section 2.2).

    ``<unk>`` is never drawn. A negative may happen to equal the centre or a positive; it is
    kept, as the expectation over the noise distribution in the objective asks.
    """

    def __init__(self, counts: LongArray, power: float) -> None:
        """Take word counts, (V,); ``power`` 0 is uniform, 1 the unigram distribution."""
        weight = np.zeros(len(counts))
        kernels.powers(counts, float(power), weight)
        self.probability = weight / max(weight.sum(), np.finfo(np.float64).tiny)
        self._accept, self._alias = alias_table(self.probability)

    def sample(self, shape: tuple[int, ...], random: Generator) -> IntArray:
        """Draw ids of this shape, independently and with replacement."""
        place = random.random(shape) * len(self._accept)
        drawn = np.empty(place.size, np.int32)
        kernels.draw(place.reshape(-1), self._accept, self._alias, drawn)
        return drawn.reshape(shape)


def alias_table(
    probability: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], IntArray]:
    """Return the alias method's table: chance to accept each word, and the word else, (V,) each.

    A draw picks a word uniformly, and keeps it or takes its alias: constant time a draw
    (Walker, 1977; built as by Vose, 1991).
    """
    accept = probability * len(probability)
    alias, waiting = np.empty((2, len(accept)), np.int32)
    kernels.make_alias_table(accept, alias, waiting)
    return accept, alias
