"""Named random streams: every draw comes from one of these, but for those of one module below.

A stream is named for what it is drawn for, and numbered by what it belongs to: the seed of
params.yaml, a run, a model, an epoch. Streams that differ in name or in any number are
independent (NumPy's ``SeedSequence``); the same ones give the same draws on every machine.

Torch's own generator on the CPU keeps only the low 32 bits of its seed, so it is never given a
sum of seeds, but a 32-bit child of the stream.

A generator of its own, always from 0, has ``stages.report.statistics``.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def sequence(name: str, seed: int, *numbers: int) -> np.random.SeedSequence:
    """Return the seed sequence of a stream.

    Args:
        name: what is drawn, as ``stage.purpose``.
        seed: ``seed`` of params.yaml.
        numbers: which run, model, epoch and so on: each from 0 to 2**32 - 1.

    Raises:
        ValueError: a number is larger, and so would be taken for two.
    """
    if any(number >= 2**32 for number in numbers):
        raise ValueError(f"numbers of a stream must be below 2**32, not {numbers}")
    letters = tuple(name.encode("utf-8"))
    # The length first, so that no letter can be taken for a number.
    return np.random.SeedSequence(seed, spawn_key=(len(letters), *letters, *numbers))


def stream(name: str, seed: int, *numbers: int) -> np.random.Generator:
    """Return NumPy's generator of a stream, at its beginning."""
    return np.random.default_rng(sequence(name, seed, *numbers))


def torch_stream(name: str, seed: int, *numbers: int) -> "torch.Generator":
    """Return torch's generator of a stream on the CPU, at its beginning."""
    import torch

    child = int(sequence(name, seed, *numbers).generate_state(1, np.uint32)[0])
    return torch.Generator().manual_seed(child)
