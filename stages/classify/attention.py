"""What a trained classifier looks at: the attention of each class, by word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from stages.artifacts import UNKNOWN_ID, Labelled, LongArray
from stages.classify.model import ClassAttention
from stages.classify.subset import padded_batch

LEAST = 10  # occurrences of a word in validation rows for its attention to count
MOST = 20  # words of each class
BATCH = 512


@dataclass(frozen=True)
class AttendedWord:
    """How much attention a class pays to a word, on average over its occurrences.

    share: attention times the tokens of the row, so that 1 is an equal share of it.
    """

    of_class: str
    word: str
    share: float
    occurrences: int


def most_attended(
    model: ClassAttention, examples: Labelled, words: Sequence[str], classes: Sequence[str]
) -> list[AttendedWord]:
    """Return, for each class, the words that get most of its attention, most first.

    Only words that occur ``LEAST`` times in ``examples`` count, and not ``<unk>``.
    """
    total, count = attention_of_rows(model, examples, len(words))
    mean = total / np.maximum(count, 1)[:, None]
    mean[(count < LEAST) | (np.arange(len(words)) == UNKNOWN_ID)] = -np.inf
    found = []
    for c, name in enumerate(classes):
        for row in np.argsort(-mean[:, c], kind="stable")[:MOST]:
            if np.isfinite(mean[row, c]):
                share, occurrences = float(mean[row, c]), int(count[row])
                found.append(AttendedWord(name, words[row], share, occurrences))
    return found


@torch.no_grad()
def attention_of_rows(
    model: ClassAttention, examples: Labelled, rows: int
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
    return total, np.bincount(examples.rows.tokens, minlength=rows)


def attention_of(model: ClassAttention, tokens: Tensor, lengths: Tensor) -> Tensor:
    """Return the attention of each class, (B, T, C), for embedding rows, (B, T)."""
    present = (
        torch.arange(tokens.shape[1], device=tokens.device) < lengths.to(tokens.device)[:, None]
    )
    return model.attention(model.embedding[tokens], present)
