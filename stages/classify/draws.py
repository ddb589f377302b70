"""Every random draw of a run's training: the order of examples, and what an epoch hides."""

import numpy as np

from stages.classify.kernels import Epoch
from stages.classify.params import RecipeParams
from stages.classify.streams import DROPOUT, SHUFFLE, TOKEN_DROPOUT
from stages.classify.subset import without_empty
from stages.core.randomness import stream
from stages.vectors.tokens import LabelledTexts


class Draws:
    """The training examples of one run, and its random streams."""

    def __init__(
        self, examples: LabelledTexts, dim: int, params: RecipeParams, seed: int, run: int
    ) -> None:
        """Take examples in embedding rows; ``seed`` and ``run`` number the streams."""
        self._texts, self._labels = without_empty(examples.texts), np.asarray(examples.labels)
        self._dim, self._params, self._names = dim, params, (seed, run)

    def epoch(self, number: int) -> Epoch:
        """Return the examples of an epoch; one whose tokens would all be hidden shows all."""
        order = stream(SHUFFLE, *self._names, number).permutation(len(self._labels))
        dropout, texts = self._params.dropout, self._texts.take(order)
        hiding = stream(TOKEN_DROPOUT, *self._names, number)
        shown = hiding.random(len(texts.tokens), np.float32) >= self._params.token_dropout
        shown |= np.repeat(~np.logical_or.reduceat(shown, texts.offsets[:-1]), texts.lengths)
        drawn = stream(DROPOUT, *self._names, number).random((len(order), self._dim), np.float32)
        mask = (drawn >= dropout) * np.float32(1 / (1 - dropout))
        return Epoch(texts.tokens, texts.offsets, shown, mask, self._labels[order])
