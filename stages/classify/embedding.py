"""The initial embedding of each arm: the same rows, other directions or lengths."""

import numpy as np
import numpy.typing as npt

from stages.classify.streams import PERMUTATION, TABLE
from stages.classify.subset import RowOfWord
from stages.core.arrays import FloatArray
from stages.core.console import StageError
from stages.core.randomness import stream
from stages.results.methods import RANDOM_ARMS, SHUFFLED, VANILLA_DEFAULT, WORD2VEC_RAW


def initial_embedding(
    arm: str, words: RowOfWord, vectors: FloatArray, norm: float, *, seed: int, run: int
) -> FloatArray:
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
    # Drawn in float64, because NumPy asks the C library for the logarithm of a few draws, whose
    # last digit differs between processors: rounded to float32, it is gone.
    table = stream(TABLE, seed, run).standard_normal(shape).astype(np.float32)
    if arm == VANILLA_DEFAULT:
        return table
    if arm not in RANDOM_ARMS:
        known = _known_vectors(words, vectors)
        if arm == SHUFFLED:
            known = known[stream(PERMUTATION, seed, run).permutation(len(known))]
        if arm == WORD2VEC_RAW:
            table = _scaled(table, float(_lengths(known).mean()))
        table[words.pretrained] = known
    return table if arm == WORD2VEC_RAW else _scaled(table, norm)


def _lengths(rows: FloatArray) -> npt.NDArray[np.float64]:
    """Return the L2 norm of each row, (rows, 1), from a plain sum: BLAS chooses by processor."""
    lengths: npt.NDArray[np.float64] = np.sqrt(
        np.square(rows, dtype=np.float64).sum(1, keepdims=True)
    )
    return lengths


def _scaled(rows: FloatArray, norm: float) -> FloatArray:
    return rows * (norm / _lengths(rows)).astype(np.float32)


def _known_vectors(words: RowOfWord, vectors: FloatArray) -> FloatArray:
    """Return the vector of each word that SGNS knows, (k, d); raises StageError for a bad one."""
    known = vectors[words.vectors]
    if not np.isfinite(known).all() or (known == 0).all(1).any():
        raise StageError("a word vector is zero or not finite: SGNS has diverged; lower sgns.lr.")
    return known
