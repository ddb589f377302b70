"""A model's weights: as they start, and by the names of ``ClassAttention``."""

import math
from collections.abc import Mapping

import numpy as np

from stages.classify.kernels import Weights
from stages.classify.streams import WEIGHTS
from stages.core.arrays import FloatArray
from stages.core.randomness import stream


def initial_weights(table: FloatArray, classes: int, *, seed: int, run: int) -> Weights:
    """Return a model with this embedding table, (rows, d), and all else drawn; its bias is zero.

    The draws of a run are the same in all arms. They are rounded from float64 as those of the
    table are: see ``initial_embedding``.
    """
    dim = table.shape[1]
    normal = stream(WEIGHTS, seed, run).standard_normal((2 * classes + 2 * dim, dim))
    rest = (normal / math.sqrt(dim)).astype(np.float32)
    return Weights(
        table, rest[: 2 * classes], rest[2 * classes :], np.zeros((1, classes), np.float32)
    )


def named(weights: Weights) -> dict[str, FloatArray]:
    """Return a view of each tensor of ``ClassAttention`` by its name."""
    query, readout = np.split(weights.left, 2)
    key, value = np.split(weights.right, 2)
    return {
        **{"embedding": weights.table, "query": query, "readout": readout},
        **{"key": key, "value": value, "bias": weights.bias[0]},
    }


def joined(tensors: Mapping[str, FloatArray]) -> Weights:
    """Return the weights of which ``named`` gives these tensors."""
    return Weights(
        np.ascontiguousarray(tensors["embedding"]),
        np.concatenate([tensors["query"], tensors["readout"]]),
        np.concatenate([tensors["key"], tensors["value"]]),
        tensors["bias"][None].copy(),
    )
