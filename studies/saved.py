"""What is known of saved vectors."""

from pathlib import Path

from stages.files.atomic import damaged, read_lines
from stages.files.vectors import HISTORY_COLUMNS, VALIDATION_LOSS, model_folders, read_vectors
from studies.runs import PRETRAIN, Trained

CELLS = Path("studies/vectors")  # those of the grid that the main experiment does not train


def saved(folder: Path, text: str = PRETRAIN, part: int = 1) -> Trained:
    """Return what is known of vectors in a folder; raises StageError without any."""
    about = read_vectors(folder).about
    try:
        radius, negatives, epochs = (int(about[name]) for name in ("R", "K", "epochs"))
    except (KeyError, ValueError):
        raise damaged(folder / "vectors.safetensors", "sgns") from None
    losses = [held_out_loss(model) for model in model_folders(folder)]
    return Trained(folder, text, radius, negatives, epochs, losses, part)


def held_out_loss(folder: Path) -> float:
    """Return a model's loss on held-out text after its last epoch."""
    path = folder / "history.csv"
    last = read_lines(path, "sgns")[-1].split(",")
    try:
        return float(dict(zip(HISTORY_COLUMNS, last, strict=True))[VALIDATION_LOSS])
    except ValueError:
        raise damaged(path, "sgns") from None
