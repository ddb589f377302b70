"""The rule by which claims are judged: its numbers, and how it is told."""

SMALLEST_EFFECT = 0.5  # accuracy points
SIGNIFICANCE = 0.05
RULE = (
    "Effects are paired by run and positive where they agree with the claim. n: runs; for claims "
    "3 and 4, on pre-training itself, SGNS models (runs of one model are averaged first). p is "
    "Student's, corrected by Holm for all rows but the control. Supported: p < "
    f"{SIGNIFICANCE} and, for differences of accuracy, at least {SMALLEST_EFFECT} points. "
    f"Contradicted: the whole interval is below {SMALLEST_EFFECT} points (for loss and trend: "
    "below 0). Else inconclusive. The control, row 0, must not be supported: if shuffled vectors "
    "helped, something would be wrong. No interval holds the sampling of the test split."
)
