"""Which word is whose context: the token stream, subsampling, and blocks of centres.

Choices that move the numbers, all as in word2vec.c (Mikolov et al., 2013b):

- unknown and subsampled-away tokens leave the stream before windows are laid, so a window
  reaches over the gap they leave: "at most R positions away" counts the tokens that remain;
- a window never crosses the end of a row;
- with ``dynamic_radius`` each centre draws its own radius uniformly from 1..R.

Rows are visited in a new random order each epoch; the stream so made is cut into batches of
equal length, and the windows that such a cut would cross end there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from stages.artifacts import UNKNOWN_ID, TokenRows


@dataclass(frozen=True)
class Stream:
    """Consecutive tokens that may be centre and context. tokens, rows: (tokens,)."""

    tokens: Tensor
    rows: Tensor

    def keep(self, mask: Tensor) -> "Stream":
        """Drop the tokens where ``mask`` is False; those around them become neighbours."""
        return Stream(self.tokens[mask], self.rows[mask])


@dataclass(frozen=True)
class Blocks:
    """Centres with the positions that may be their context.

    centres: (n, b) ids. contexts: (n, w) ids. positive: (n, b, w), whether context j is a
    positive of centre i. Padding has id 0 and is positive to none.
    """

    centres: Tensor
    contexts: Tensor
    positive: Tensor


def shuffled_batches(rows: TokenRows, batch: int, generator: torch.Generator) -> Iterator[Stream]:
    """Yield the token stream of one epoch, ``batch`` tokens at a time (the last may be shorter).

    Only one batch is read from ``rows`` (perhaps memory-mapped) at a time.
    """
    order = torch.randperm(len(rows), generator=generator).numpy()
    ends = np.cumsum(rows.lengths[order])
    total = int(ends[-1]) if len(ends) else 0
    for start in range(0, total, batch):
        positions = np.arange(start, min(start + batch, total))
        visit = np.searchsorted(ends, positions, side="right")
        row = order[visit]
        index = rows.offsets[row + 1] - (ends[visit] - positions)
        tokens = torch.from_numpy(rows.tokens[index].astype(np.int64))
        yield Stream(tokens, torch.from_numpy(visit))


def keep_probability(counts: Tensor, threshold: float) -> Tensor:
    """Return the probability that a token of each word stays in the stream, (V,) float64.

    p = min(1, sqrt(t/f) + t/f) with f the word's share of all tokens: the formula of
    word2vec.c, not the 1 - sqrt(t/f) of Mikolov et al. (2013b), eq. 5. 0 for ``<unk>``;
    a threshold of 0 keeps every other token.
    """
    known = counts.to(torch.float64)
    known[UNKNOWN_ID] = 0
    if threshold == 0:
        keep = torch.ones_like(known)
    else:
        ratio = threshold / (known / known.sum()).clamp_min(torch.finfo(torch.float64).tiny)
        keep = (ratio.sqrt() + ratio).clamp_max(1.0)
    keep[UNKNOWN_ID] = 0
    return keep


def subsample(stream: Stream, keep: Tensor, generator: torch.Generator) -> Stream:
    """Keep each token with the probability of its word; ``keep`` is (V,)."""
    chance = torch.rand(len(stream.tokens), generator=generator, dtype=torch.float64)
    return stream.keep(chance < keep[stream.tokens])


def draw_radius(centres: int, radius: int, dynamic: bool, generator: torch.Generator) -> Tensor:
    """Return each centre's radius, (centres,): ``radius``, or uniform on 1..radius."""
    if not dynamic:
        return torch.full((centres,), radius)
    return torch.randint(1, radius + 1, (centres,), generator=generator)


def make_blocks(stream: Stream, radii: Tensor, radius: int, size: int, multiple: int) -> Blocks:
    """Lay the windows of every token of ``stream``, ``size`` centres to a block.

    Args:
        stream: (t,) tokens.
        radii: (t,) radius of each centre, at most ``radius``.
        radius: R, which sets the window size w = size + 2R.
        size: b, centres in a block.
        multiple: the number of blocks is padded to a multiple of this.
    """
    count = len(stream.tokens)
    blocks = -(-count // (size * multiple)) * multiple
    tail = blocks * size - count
    pad = torch.nn.functional.pad
    tokens = pad(stream.tokens, (radius, radius + tail), value=UNKNOWN_ID)
    rows = pad(stream.rows, (radius, radius + tail), value=-1)
    window = size + 2 * radius
    contexts = tokens.unfold(0, window, size)
    row_of_context = rows.unfold(0, window, size)
    row_of_centre = row_of_context[:, radius : radius + size]
    # Padding centres get radius 0: no context is closer than that.
    reach = pad(radii, (0, tail), value=0).view(blocks, size, 1)
    distance = (torch.arange(window) - radius - torch.arange(size)[:, None]).abs()
    positive = (distance <= reach) & (distance > 0)
    positive &= row_of_centre[:, :, None] == row_of_context[:, None, :]
    return Blocks(contexts[:, radius : radius + size], contexts, positive)
