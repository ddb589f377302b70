"""``models/lens``: what vectors look like without any label, laid out like ``models/sgns``."""

from pathlib import Path

from stages.vectors.vectors import MODEL, TRAIN_LOSS

LENS = Path("models/lens")
LENS_MAIN = LENS / "main"

MEAN_COSINE_CENTRE = "mean_cosine_centre"
MEAN_COSINE_CONTEXT = "mean_cosine_context"
EFFECTIVE_RANK = "effective_rank"
UNIFORMITY = "uniformity"
ALIGNMENT = "alignment"
RETRIEVAL = "retrieval"
PMI_SLOPE = "pmi_slope"
PMI_INTERCEPT = "pmi_intercept"
PMI_CORRELATION = "pmi_correlation"
PMI_PAIRS = "pmi_pairs"
LOSS_FLOOR = "loss_floor"
FLOOR_PAIRS = "floor_pairs"
STABILITY = "stability"
DIAGNOSTIC_COLUMNS = (
    MODEL,
    MEAN_COSINE_CENTRE,
    MEAN_COSINE_CONTEXT,
    EFFECTIVE_RANK,
    UNIFORMITY,
    ALIGNMENT,
    RETRIEVAL,
    PMI_SLOPE,
    PMI_INTERCEPT,
    PMI_CORRELATION,
    PMI_PAIRS,
    TRAIN_LOSS,
    LOSS_FLOOR,
    FLOOR_PAIRS,
    STABILITY,
)

PMI = "pmi"  # of a frequent pair of words
SCORE = "score"  # that was learned of it
SCORE_COLUMNS = (PMI, SCORE)

WORD = "word"
NEIGHBOUR = "neighbour"
COSINE = "cosine"
NEIGHBOUR_COLUMNS = (WORD, NEIGHBOUR, COSINE)
