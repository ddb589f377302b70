"""Loss and accuracy of a trained model on a split, from one product a word and class.

Without dropout a word's scores and values are the same wherever it stands: they are made once a
row of the table, so that a token costs only the fetching of 2 C numbers.
"""

from dataclasses import dataclass

import numpy as np

from stages.classify import kernels
from stages.classify.kernels import Weights
from stages.classify.scores import Scores
from stages.classify.subset import without_empty
from stages.core.arrays import FloatArray
from stages.core.compiled import Width
from stages.vectors.tokens import LabelledTexts, Texts


@dataclass(frozen=True)
class WordProducts:
    """A model as the texts see it: of_rows (rows, 2C): scores, then values; bias (1, C)."""

    of_rows: FloatArray
    bias: FloatArray

    @classmethod
    def of(cls, weights: Weights) -> "WordProducts":
        """Multiply every row."""
        classes, dim = Width(weights.bias.size), Width(weights.table.shape[1])
        return cls(kernels.products_of_rows(weights, classes, dim), weights.bias.copy())

    def logits(self, texts: Texts) -> FloatArray:
        """Return the logits, (texts, C), of texts in embedding rows, none without tokens."""
        classes = Width(self.bias.size)
        return kernels.logits_of(self.of_rows, self.bias, texts.tokens, texts.offsets, classes)

    def attention(self, texts: Texts, of_class: int) -> FloatArray:
        """Return a class's attention to each of their tokens, (N,), summing to 1 over a text."""
        classes = Width(self.bias.size)
        return kernels.attention_of(self.of_rows, texts.tokens, texts.offsets, of_class, classes)


def judge(model: WordProducts, split: LabelledTexts) -> Scores:
    """Judge a model by a split in embedding rows; its loss is not finite where a logit is not."""
    labels, classes = np.array(split.labels), model.bias.size
    logits = model.logits(without_empty(split.texts))
    loss = kernels.mean_loss(logits, labels, Width(classes))
    return Scores.of(loss, logits.argmax(1), labels, classes)
