"""What a trained classifier looks at: the attention of each class, by word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stages.classify.model import ClassAttention
from stages.classify.subset import padded_batch
from stages.files.arrays import LongArray
from stages.files.tokens import UNKNOWN_ID, LabelledTexts

LEAST = 8  # occurrences of a word in validation rows of a class for its attention to count
MOST = 20  # words of each class
BATCH = 512


@dataclass(frozen=True)
class AttendedWord:
    """How much attention a class pays to a word, on average over occurrences in its own rows.

    share: attention times the tokens of the row, so that 1 is an equal share of it.
    """

    of_class: str
    word: str
    share: float
    occurrences: int


def most_attended(
    model: ClassAttention, examples: LabelledTexts, words: Sequence[str], classes: Sequence[str]
) -> list[AttendedWord]:
    """Return, for each class, the words that get most of its attention, most first.

    Of each class only its own rows are looked at: elsewhere its query looks for what speaks
    against it. Only words that occur ``LEAST`` times in them count, and not ``<unk>``.
    """
    found = []
    for c, name in enumerate(classes):
        own = examples.take(np.flatnonzero(examples.labels == c))
        total, count = attention_of_rows(model, own, len(words))
        mean = total[:, c] / np.maximum(count, 1)
        mean[(count < LEAST) | (np.arange(len(words)) == UNKNOWN_ID)] = -np.inf
        for row in np.argsort(-mean, kind="stable")[:MOST]:
            if np.isfinite(mean[row]):
                found.append(AttendedWord(name, words[row], float(mean[row]), int(count[row])))
    return found


@torch.no_grad()
def attention_of_rows(
    model: ClassAttention, examples: LabelledTexts, rows: int
) -> tuple[npt.NDArray[np.float64], LongArray]:
    """Return the sum over occurrences of attention times length, (rows, C), and their number."""
    model.eval()
    device, classes = model.embedding.device, len(model.bias)
    total = np.zeros((rows, classes))
    for start in range(0, len(examples), BATCH):
        tokens, lengths = padded_batch(
            examples, np.arange(start, min(start + BATCH, len(examples)))
        )
        share = attention_of(model, torch.from_numpy(tokens).to(device), torch.from_numpy(lengths))
        present = np.arange(tokens.shape[1]) < lengths[:, None]
        weighted = share.cpu().double().numpy() * lengths[:, None, None]
        np.add.at(total, tokens[present], weighted[present])
    return total, np.bincount(examples.texts.tokens, minlength=rows)


def attention_of(model: ClassAttention, tokens: Tensor, lengths: Tensor) -> Tensor:
    """Return the attention of each class, (B, T, C), for embedding rows, (B, T)."""
    present = (
        torch.arange(tokens.shape[1], device=tokens.device) < lengths.to(tokens.device)[:, None]
    )
    return model.attention(model.embedding[tokens], present)
