"""The rule by which claims are judged: its numbers, its verdicts, and how it is told.

It was fixed before the results that it judges were made. A claim says that an effect, counted
positive where it agrees with the claim, is above its smallest effect of interest s: 0.5 points
for differences of accuracy, 0 for losses and trends. The two-sided p is that of effect = s, and
is corrected by Holm over all claims but the control.

    supported      corrected p below 0.05, and the effect is above s
    contradicted   corrected p below 0.05, and the effect is below s
    inconclusive   anything else

The interval of a claim is at the level at which Holm's procedure tests it: with the claims in
order of their p, the k-th of m at 0.05 / (m - k + 1), and all after the first that is not
rejected at that one's level. So a claim is supported exactly if its whole interval is above s,
and contradicted exactly if it is below.

Effects of accuracy are over runs and test rows, both drawn at random. Claims about pre-training
itself (which text, which objective, R, K) are over SGNS models in the place of runs: runs that
start from one model are averaged first. Losses and trends are over runs alone.

Claims 3 and 4 compare one value of R (or K) with each larger one, at every value of the other
that both were trained at, and take the mean over those: of a full grid over all, of a cross at
the one value that they share. The statement says at which. How many models that takes, and which
cells, stands in params.yaml, at ``ablation``.

The control is outside Holm's family and is tested at 0.05: to correct it would make a fault
harder to see.
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
