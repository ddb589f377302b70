"""SGNS in a workspace."""

from collections.abc import Sequence
from pathlib import Path

from stages.ablation.cell import Cell
from stages.core.console import say
from stages.vectors.vectors import VALIDATION_LOSS, last_loss
from studies.workspace import Workspace


def train(place: Workspace, corpus: str, cell: Cell, *, epochs: int, models: int) -> Path:
    """Train models on one of the workspace's corpora; return their folder."""
    name = Path("models/sgns") / f"{corpus}-{cell.name}-{epochs}-epochs"
    place.change({"sgns.epochs": epochs}).run(
        "stages.sgns", "train", "--cell", cell.name, "--corpus", corpus,
        "--objective", "nce", "--models", models, "--out", name,
    )  # fmt: skip
    return place.root / name


def train_best(
    place: Workspace, corpus: str, cell: Cell, *, epochs: Sequence[int], models: int
) -> Path:
    """Train with the number of epochs that has the least loss on held-out text.

    Short text needs more epochs, or training ends before it has begun; too many learn it by
    heart. One model is tried at each number, for models differ in this loss by less than what
    matters; no label takes part.
    """
    losses = {}
    for number in epochs if len(epochs) > 1 else ():
        folder = train(place, corpus, cell, epochs=number, models=1)
        losses[number] = last_loss(folder, VALIDATION_LOSS)
        say(f"studies: {corpus}, {number} epochs: held-out loss {losses[number]:.4f}")
    best = min(epochs, key=lambda number: losses.get(number, 0.0))
    return train(place, corpus, cell, epochs=best, models=models)
