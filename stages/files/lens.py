"""``models/lens``: what vectors look like without any label, a folder as of ``models/sgns``."""

from pathlib import Path

from stages.files.vectors import MODEL

LENS = Path("models/lens")
LENS_MAIN = LENS / "main"
LENS_GRID = LENS / "grid"

TRAIN_LOSS = "train_loss"
LOSS_FLOOR = "loss_floor"
DIAGNOSTIC_COLUMNS = (
    MODEL,
    "mean_cosine_centre",
    "mean_cosine_context",
    "effective_rank",
    "uniformity",
    "alignment",
    "retrieval",
    "pmi_slope",
    "pmi_intercept",
    "pmi_correlation",
    "pmi_pairs",
    TRAIN_LOSS,
    LOSS_FLOOR,
    "floor_pairs",
    "stability",
)
SCORE_COLUMNS = ("pmi", "score")
NEIGHBOUR_COLUMNS = ("word", "neighbour", "cosine")
