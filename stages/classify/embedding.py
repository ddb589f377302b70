"""The initial embedding of each arm: the same rows, other directions or lengths."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from stages.classify.streams import PERMUTATION, TABLE
from stages.classify.subset import RowOfWord
from stages.console import StageError
from stages.files.methods import RANDOM_ARMS, SHUFFLED, VANILLA_DEFAULT, WORD2VEC_RAW
from stages.randomness import stream, torch_stream


def initial_embedding(
    arm: str, words: RowOfWord, vectors: Tensor, norm: float, *, seed: int, run: int
) -> Tensor:
    """Return the initial table, (rows, d): every row has the same L2 norm, but in two arms.

    ``vanilla`` rows point in random directions. ``word2vec`` and ``frozen`` replace the
    directions of the words that SGNS knows by those of its vectors, ``shuffled`` by those of
    other words' vectors; all leave the other words as ``vanilla`` has them.

    The two have ``vanilla``'s and ``word2vec``'s directions: rows of ``vanilla-default`` are
    drawn from N(0, 1), as those of ``torch.nn.Embedding``, and are about sqrt(d) long; those of
    ``word2vec-raw`` are SGNS's vectors, and other words have the mean length of these.

    Args:
        arm: one of ARMS.
        words: which row is whose.
        vectors: (V, d) centre vectors; random arms take only their width, d.
        norm: L2 norm of every row in the arms of equal length.
        seed: of params.yaml.
        run: its draws are the same in all arms.

    Raises:
        StageError: a vector is not finite, or zero: it has no direction.
    """
    shape = words.rows, vectors.shape[1]
    table = torch.randn(shape, generator=torch_stream(TABLE, seed, run))
    if arm == VANILLA_DEFAULT:
        return table
    if arm not in RANDOM_ARMS:
        known = _known_vectors(words, vectors)
        if arm == SHUFFLED:
            order = stream(PERMUTATION, seed, run).permutation(len(known))
            known = known[torch.from_numpy(order)]
        if arm == WORD2VEC_RAW:
            table = normalize(table, eps=1e-12) * known.norm(dim=1).mean()
        table[torch.from_numpy(words.pretrained)] = known
    return table if arm == WORD2VEC_RAW else normalize(table, eps=1e-12) * norm


def _known_vectors(words: RowOfWord, vectors: Tensor) -> Tensor:
    """Return the vector of each word that SGNS knows, (k, d); raises StageError for a bad one."""
    known = vectors[torch.from_numpy(words.vectors)]
    if not bool(torch.isfinite(known).all()) or bool((known == 0).all(1).any()):
        raise StageError("a word vector is zero or not finite: SGNS has diverged; lower sgns.lr.")
    return known
