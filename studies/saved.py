"""What is known of saved vectors."""

from pathlib import Path

from stages.vectors.vectors import VALIDATION_LOSS, last_loss, model_folders, read_vectors
from studies.runs import PRETRAIN, Trained

CELLS = Path("studies/vectors")  # those that the main experiment does not train


def saved(folder: Path, text: str = PRETRAIN, part: int = 1) -> Trained:
    """Return what is known of vectors in a folder; raises StageError without any."""
    about = read_vectors(folder).about
    radius, negatives, epochs = (int(about[name]) for name in ("R", "K", "epochs"))
    losses = [last_loss(model, VALIDATION_LOSS) for model in model_folders(folder)]
    return Trained(folder, text, radius, negatives, epochs, losses, part)
