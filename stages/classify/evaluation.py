"""Loss and accuracy of a trained model on a split, from one product a word and class.

Without dropout a word's scores and values are the same wherever it stands: they are made once a
row of the table, so that a token costs only the fetching of 2 C numbers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stages.classify.scores import Judged, Scores
from stages.classify.stack import WordProducts
from stages.classify.subset import without_empty
from stages.files.arrays import FloatArray, LongArray
from stages.files.tokens import LabelledTexts


@dataclass(frozen=True)
class HeldOut:
    """A split to score again and again: embedding rows of all tokens end to end, (N,).

    starts, lengths: (examples,) of each text in them, labels: (examples,).
    """

    tokens: npt.NDArray[np.intp]
    starts: LongArray
    lengths: LongArray
    labels: LongArray

    @classmethod
    def of(cls, examples: LabelledTexts) -> "HeldOut":
        """Take examples in embedding rows."""
        texts = without_empty(examples.texts)
        tokens = texts.tokens.astype(np.intp)
        return cls(tokens, texts.offsets[:-1], texts.lengths, np.asarray(examples.labels))


def evaluate(model: WordProducts, split: HeldOut) -> Scores:
    """Return mean cross-entropy and accuracy over a split."""
    return judge(model, split).scores


def judge(model: WordProducts, split: HeldOut) -> Judged:
    """Return the same with the macro-F1, and which examples were classified right."""
    logits: npt.NDArray[np.float64] = logits_of(model, split).astype(np.float64)
    wanted = logits[split.labels, np.arange(len(split.labels))]
    highest = logits.max(0)
    loss = np.log(np.exp(logits - highest).sum(0)) + highest - wanted
    return Judged.of(float(loss.mean()), logits.argmax(0), split.labels, len(logits))


def logits_of(model: WordProducts, split: HeldOut) -> FloatArray:
    """Return the logits, (C, examples)."""
    # Class by class: the tokens of a text side by side are fast to sum.
    pairs = zip(model.scores, model.values, strict=True)
    attended = np.stack([_attended(scores, values, split) for scores, values in pairs])
    logits: FloatArray = attended + model.bias[:, None]
    return logits


def _attended(scores: FloatArray, values: FloatArray, split: HeldOut) -> FloatArray:
    """Return what a class sees of each text, (examples,): values weighted by attention."""
    weight = scores[split.tokens]
    weight -= np.repeat(np.maximum.reduceat(weight, split.starts), split.lengths)
    np.exp(weight, out=weight)
    total = np.add.reduceat(weight, split.starts)
    weight *= values[split.tokens]
    attended: FloatArray = (np.add.reduceat(weight, split.starts) / total).astype(np.float32)
    return attended
