"""Loss and accuracy of a trained model on a split, from one product a word and class.

Without dropout a word's scores and values are the same wherever it stands: they are made once a
row of the table, so that a token costs only the fetching of 2 C numbers.
"""

from dataclasses import dataclass

import numpy as np

from stages.classify import kernels
from stages.classify.kernels import Weights
from stages.classify.scores import Judged, Scores
from stages.classify.subset import without_empty
from stages.core.arrays import FloatArray, LongArray
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


@dataclass(frozen=True)
class HeldOut:
    """A split to score again and again: texts in embedding rows, and their labels, (texts,)."""

    texts: Texts
    labels: LongArray

    @classmethod
    def of(cls, examples: LabelledTexts) -> "HeldOut":
        """Take examples in embedding rows."""
        return cls(without_empty(examples.texts), np.array(examples.labels))


def evaluate(model: WordProducts, split: HeldOut) -> Scores:
    """Return mean cross-entropy and accuracy over a split."""
    return judge(model, split).scores


def judge(model: WordProducts, split: HeldOut) -> Judged:
    """Return the same with the macro-F1, and which examples were classified right.

    The loss is not finite where a logit is not.
    """
    logits, classes = model.logits(split.texts), model.bias.size
    loss = kernels.mean_loss(logits, split.labels, Width(classes))
    return Judged.of(loss, logits.argmax(1), split.labels, classes)
