"""The state of a training that may be killed: kept until its stage has its result.

A checkpoint lies outside every output, in a folder that its output has for itself, under a name
made from all that decides the result, the code too. So a stage that is run again finds it if
nothing has changed, and starts afresh if anything has; then what the folder had before is of no
use.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numba
import numpy as np

from stages.core.arrays import FloatArray, LongArray, read_tensors, write_tensors
from stages.core.console import StageError
from stages.sgns.learner import Learner
from stages.sgns.params import SgnsParams
from stages.sgns.trainer import Epoch, Loss
from stages.vectors.tokens import Texts

STAGES = Path(__file__).parents[1]
CODE = ("core", "sampling", "sgns", "vectors")  # packages that training imports
SCRATCH = Path(".scratch/sgns")
KEPT_DAYS = 7  # without a new epoch: its settings will not come back


def checkpoint_folder(out: Path) -> Path:
    """Return the folder for the checkpoints of an output.

    It is the same in every copy of the project, so that copies may share ``.scratch``.
    """
    known = hashlib.sha256(os.path.relpath(out).encode())
    return SCRATCH / f"{out.name}-{known.hexdigest()[:8]}"


def checkpoint_name(
    train: Texts,
    validation: Texts,
    counts: LongArray,
    params: SgnsParams,
    *,
    seed: int,
    model: int,
    device: str,
) -> str:
    """Return the name of this training's checkpoint."""
    known = hashlib.sha256()
    settings = params.model_dump() | {"seed": seed, "model": model, "device": device}
    known.update(json.dumps([settings, numba.__version__, np.__version__]).encode())
    for package in CODE:
        for source in sorted((STAGES / package).glob("*.py")):
            known.update(source.read_bytes())
    for array in (train.tokens, train.offsets, validation.tokens, validation.offsets, counts):
        known.update(np.ascontiguousarray(array).data)
    return f"model-{model}-{known.hexdigest()[:16]}.safetensors"


def sweep(folder: Path, resumable: Collection[Path]) -> None:
    """Remove all of an output's checkpoints but these: of other settings, or half-written."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path not in resumable:
            path.unlink(missing_ok=True)


def sweep_old(own: Path) -> None:
    """Remove the checkpoints of other outputs that nobody has gone on with for a long time."""
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for folder in SCRATCH.iterdir() if SCRATCH.is_dir() else ():
        with suppress(OSError):  # another training ends at this moment
            if (
                folder != own
                and max(p.stat().st_mtime for p in (folder, *folder.iterdir())) < oldest
            ):
                forget(folder)


def forget(folder: Path) -> None:
    """Remove the checkpoints of an output that is complete."""
    shutil.rmtree(folder, ignore_errors=True)


def save_checkpoint(path: Path, learner: Learner, history: Sequence[Epoch]) -> None:
    """Write the state after the last epoch of ``history``; a kill leaves the one before.

    Raises:
        StageError: it cannot be written.
    """
    arrays = learner.state()
    state = {"steps": learner.steps, "history": [asdict(epoch) for epoch in history]}
    try:
        write_tensors(path, state | {"sha256": _digest(state, arrays)}, arrays)
    except OSError as error:
        raise StageError(
            f"cannot write the checkpoint {path} ({error.strerror}); free some space there, or "
            "make its folder writable, and run the stage again."
        ) from None


def load_checkpoint(path: Path, learner: Learner) -> list[Epoch]:
    """Put a saved state into ``learner`` and return its history; without one, return nothing.

    A damaged checkpoint counts as none.
    """
    try:
        state, arrays = read_tensors(path)
        if state.pop("sha256", None) != _digest(state, arrays):
            return []
    except (OSError, StageError, KeyError):
        return []
    learner.load(arrays, state["steps"])
    return [epoch_of(**line) for line in state["history"]]


def _digest(state: Mapping[str, Any], arrays: Mapping[str, FloatArray]) -> str:
    known = hashlib.sha256(json.dumps(state, sort_keys=True).encode())
    for name in ("vectors", "square"):
        known.update(np.ascontiguousarray(arrays[name]).data)
    return known.hexdigest()


def epoch_of(epoch: int, train: dict[str, Any] | None, validation: dict[str, Any]) -> Epoch:
    """Return a line of the history, given as a dictionary."""
    return Epoch(epoch, Loss(**train) if train else None, Loss(**validation))
