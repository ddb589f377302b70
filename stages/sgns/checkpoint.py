"""The state of a training that may be killed: kept until its stage has its result.

A checkpoint lies outside every output, under a name made from all that decides the result. So
a stage that is run again finds it if nothing has changed, and starts afresh if anything has.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from stages.files.arrays import FloatArray, LongArray
from stages.files.tokens import Texts
from stages.params.sgns import SgnsParams
from stages.sgns.model import SkipGram
from stages.sgns.trainer import Epoch, Loss

SCRATCH = Path(".scratch/sgns")


def checkpoint_path(
    train: Texts,
    validation: Texts,
    counts: LongArray,
    params: SgnsParams,
    *,
    seed: int,
    device: torch.device,
) -> Path:
    """Return where the checkpoints of this training lie."""
    known = hashlib.sha256()
    settings = params.model_dump() | {"seed": seed, "device": device.type}
    known.update(json.dumps([settings, torch.__version__, np.__version__]).encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        known.update(source.read_bytes())
    for array in (train.tokens, train.offsets, validation.tokens, validation.offsets, counts):
        known.update(np.ascontiguousarray(array).data)
    return SCRATCH / f"R{params.R}-K{params.K}-{known.hexdigest()[:16]}.safetensors"


def save_checkpoint(path: Path, model: SkipGram, history: Sequence[Epoch]) -> None:
    """Write the state after the last epoch of ``history``; a kill leaves the one before."""
    arrays = {"vectors": model.vectors.cpu().numpy(), "square": model.square.cpu().numpy()}
    about = json.dumps({"steps": model.steps, "history": [asdict(epoch) for epoch in history]})
    metadata = {"about": about, "sha256": _digest(about, arrays)}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    try:
        save_file(arrays, partial, metadata=metadata)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(path: Path, model: SkipGram) -> list[Epoch]:
    """Put a saved state into ``model`` and return its history; without one, return nothing.

    A damaged checkpoint counts as none.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            about, digest = (file.metadata()[key] for key in ("about", "sha256"))
            arrays = {name: file.get_tensor(name) for name in ("vectors", "square")}
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return []
    if _digest(about, arrays) != digest:
        return []
    state = json.loads(about)
    model.vectors.copy_(torch.from_numpy(arrays["vectors"]))
    model.square.copy_(torch.from_numpy(arrays["square"]))
    model.steps = state["steps"]
    return [_epoch(**line) for line in state["history"]]


def _digest(about: str, arrays: dict[str, FloatArray]) -> str:
    known = hashlib.sha256(about.encode())
    for name in ("vectors", "square"):
        known.update(np.ascontiguousarray(arrays[name]).data)
    return known.hexdigest()


def _epoch(epoch: int, train: dict[str, float] | None, validation: dict[str, float]) -> Epoch:
    return Epoch(epoch, _loss(train) if train else None, _loss(validation))


def _loss(loss: dict[str, float]) -> Loss:
    return Loss(loss["positive"], loss["negative"], int(loss["pairs"]))
