"""The rule by which claims are judged: its numbers, its verdicts, and how it is told (``RULE``).

It was fixed before the results that it judges were made. With the claims in order of their p,
Holm's procedure tests the k-th of m at 0.05 / (m - k + 1), and all after the first that is not
rejected at that one's level: the level of a claim's interval.

Claims 3 and 4 compare one value of R (or K) with each larger one, at every value of the other
that both were trained at, and take the mean over those; the statement says at which. The control
is outside Holm's family and is tested at 0.05: to correct it would make a fault harder to see.
"""

SMALLEST_EFFECT = 0.5  # accuracy points
SIGNIFICANCE = 0.05
SUPPORTED, CONTRADICTED, INCONCLUSIVE = "supported", "contradicted", "inconclusive"
RULE = (
    "Effects are paired by run and positive where they agree with the claim. Each is tested "
    f"against the smallest effect of interest: {SMALLEST_EFFECT} points for differences of "
    "accuracy, 0 for loss and trend; p is two-sided, corrected by Holm for all rows but the "
    f"control. Supported: p < {SIGNIFICANCE} and the effect is above that. Contradicted: p < "
    f"{SIGNIFICANCE} and it is below. Else inconclusive. The interval is at the level at which "
    "Holm's procedure tests the row, so that it is above (or below) the smallest effect exactly "
    "where the claim is supported (or contradicted); beside it the plain 95 % interval. Those of "
    "accuracies hold the sampling of runs and of test rows (two-way variance components, "
    "Behrens-Fisher quantiles); those of loss and trend that of runs (Student's t). n: runs; for "
    "claims 3 to 6, on pre-training itself, SGNS models (runs of one model are averaged first). "
    "The control, row 0, must not be supported: if shuffled vectors helped, something would be "
    "wrong."
)


def verdict(effect: float, p: float, smallest: float) -> str:
    """Judge a claim by its effect and its corrected p; without a p nothing can be concluded."""
    if p < SIGNIFICANCE and effect != smallest:
        return SUPPORTED if effect > smallest else CONTRADICTED
    return INCONCLUSIVE
