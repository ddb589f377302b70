"""SGNS in a workspace."""

from collections.abc import Sequence
from pathlib import Path

from stages.console import say
from stages.files.vectors import model_folders
from studies.saved import held_out_loss
from studies.workspace import Workspace

TRIED = 2  # models of each number of epochs that is tried: as many as cores are common


def train(
    place: Workspace, corpus: str, *, radius: int, negatives: int, epochs: int, models: int
) -> Path:
    """Train models on one of the workspace's corpora; return their folder."""
    name = Path("models/sgns") / f"{corpus}-R{radius}-K{negatives}-{epochs}-epochs"
    place.change({"sgns.epochs": epochs}).run(
        "stages.sgns", "train", "--R", radius, "--K", negatives, "--corpus", corpus,
        "--objective", "nce", "--models", models, "--out", name,
    )  # fmt: skip
    return place.root / name


def train_best(
    place: Workspace,
    corpus: str,
    *,
    radius: int,
    negatives: int,
    epochs: Sequence[int],
    models: int,
) -> Path:
    """Train with the number of epochs that has the least loss on held-out text.

    Short text needs more epochs, or training ends before it has begun; too many learn it by
    heart. A few models are tried at each number; no label takes part.
    """
    losses = {}
    for number in epochs if len(epochs) > 1 else ():
        tried = train(
            place, corpus, radius=radius, negatives=negatives, epochs=number, models=TRIED
        )
        found = [held_out_loss(model) for model in model_folders(tried)]
        losses[number] = sum(found) / len(found)
        say(f"studies: {corpus}, {number} epochs: held-out loss {losses[number]:.4f}")
    best = min(epochs, key=lambda number: losses.get(number, 0.0))
    return train(place, corpus, radius=radius, negatives=negatives, epochs=best, models=models)
