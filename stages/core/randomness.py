"""Named random streams: every draw comes from one of these, but for those of one module below.

A stream is named for what it is drawn for, and numbered by what it belongs to: the seed of
params.yaml, a run, a model, an epoch. Streams that differ in name or in any number are
independent (NumPy's ``SeedSequence``); the same ones give the same draws on every machine.

A generator of its own, always from 0, has ``stages.report.statistics``.
"""

import numpy as np


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
