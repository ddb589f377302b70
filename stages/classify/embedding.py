"""The initial embedding of each arm: the same scale, the same rows, other directions."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from stages.classify.streams import PERMUTATION, TABLE
from stages.classify.subset import RowOfWord
from stages.console import StageError
from stages.files.classifiers import SHUFFLED, VANILLA
from stages.randomness import stream, torch_stream


def initial_embedding(
    arm: str, words: RowOfWord, vectors: Tensor, norm: float, *, seed: int, run: int
) -> Tensor:
    """Return the initial table, (rows, d): every row has the same L2 norm in all arms.

    ``vanilla`` rows point in random directions. ``word2vec`` and ``frozen`` replace the
    directions of the words that SGNS knows by those of its vectors, ``shuffled`` by those of
    other words' vectors; all leave the other words as ``vanilla`` has them.

    Args:
        arm: one of ARMS.
        words: which row is whose.
        vectors: (V, d) centre vectors; ``vanilla`` takes only their width, d.
        norm: L2 norm of every row.
        seed: of params.yaml.
        run: its draws are the same in all arms.

    Raises:
        StageError: a vector is not finite, or zero: it has no direction.
    """
    shape = words.rows, vectors.shape[1]
    table = torch.randn(shape, generator=torch_stream(TABLE, seed, run))
    if arm != VANILLA:
        known = vectors[torch.from_numpy(words.vectors)]
        if not bool(torch.isfinite(known).all()) or bool((known == 0).all(1).any()):
            raise StageError(
                "a word vector is zero or not finite: SGNS has diverged; lower sgns.lr."
            )
        if arm == SHUFFLED:
            order = stream(PERMUTATION, seed, run).permutation(len(known))
            known = known[torch.from_numpy(order)]
        table[torch.from_numpy(words.pretrained)] = known
    return normalize(table, eps=1e-12) * norm
