"""What is known of saved vectors."""

from pathlib import Path

from stages.files.atomic import damaged, read_lines
from stages.files.vectors import (
    HISTORY,
    HISTORY_COLUMNS,
    VALIDATION_LOSS,
    VECTORS,
    maker_of_vectors,
    model_folders,
    read_vectors,
)
from studies.runs import PRETRAIN, Trained

CELLS = Path("studies/vectors")  # those that the main experiment does not train


def saved(folder: Path, text: str = PRETRAIN, part: int = 1) -> Trained:
    """Return what is known of vectors in a folder; raises StageError without any."""
    about = read_vectors(folder).about
    try:
        radius, negatives, epochs = (int(about[name]) for name in ("R", "K", "epochs"))
    except (KeyError, ValueError):
        raise damaged(folder / VECTORS, maker_of_vectors(folder)) from None
    losses = [held_out_loss(model) for model in model_folders(folder)]
    return Trained(folder, text, radius, negatives, epochs, losses, part)


def held_out_loss(folder: Path) -> float:
    """Return a model's loss on held-out text after its last epoch."""
    path = folder / HISTORY
    made_by = maker_of_vectors(folder)
    *_, last = read_lines(path, made_by) or [""]
    try:
        return float(dict(zip(HISTORY_COLUMNS, last.split(","), strict=True))[VALIDATION_LOSS])
    except ValueError:
        raise damaged(path, made_by) from None
