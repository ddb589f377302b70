"""Which claims hold on these data: ``claims.csv``, by a rule fixed beforehand.

The rule. An effect is a difference paired by run, counted positive where it agrees with its
claim. Its mean comes with Student's 95 % interval and a two-sided p-value, corrected by Holm
for all tests of the table. Differences of accuracy have a smallest effect of interest, 0.5
points; losses and trends have none (0).

    supported      corrected p below 0.05, and the mean is at least the smallest effect
    contradicted   the whole interval is below the smallest effect
    inconclusive   anything else

Effects are over the classifier's runs, which differ in labelled rows, initial weights and, as
far as there are models, SGNS model. Claims 3 and 4 are about pre-training itself: there the runs
that start from the same model are averaged first, and effects are over SGNS models. The control is
outside Holm's family: correcting it would make a fault harder to see.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from stages.files.classifiers import (
    METHOD,
    N_LABELS,
    RUN,
    SHUFFLED,
    TEST_ACCURACY,
    VALIDATION_LOSS,
    VANILLA,
    WORD2VEC,
)
from stages.params.whole import Params
from stages.report.statistics import Interval, holm, mean_interval, paired_difference
from stages.report.tables import Tables, distinct_sizes

SMALLEST_EFFECT = 0.5  # accuracy points
SIGNIFICANCE = 0.05
POINTS = 100
BY_POINTS = f"by {SMALLEST_EFFECT} points or more"
RULE = (
    "Effects are paired by run and positive where they agree with the claim. n: runs; for claims "
    "3 and 4, on pre-training itself, SGNS models (runs of one model are averaged first). p is "
    "Student's, corrected by Holm for all rows but the control. Supported: p < "
    f"{SIGNIFICANCE} and, for differences of accuracy, at least {SMALLEST_EFFECT} points. "
    f"Contradicted: the whole interval is below {SMALLEST_EFFECT} points (for loss and trend: "
    "below 0). Else inconclusive. The control, row 0, must not be supported: if shuffled vectors "
    "helped, something would be wrong. No interval holds the sampling of the test split."
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
COLUMNS = (
    "claim",
    "statement",
    "estimate",
    "ci_low",
    "ci_high",
    "p_value",
    "n",
    "verdict",
)


@dataclass(frozen=True)
class Effect:
    """An effect by run, positive where it agrees with the claim, and its smallest of interest."""

    claim: str
    statement: str
    effects: npt.NDArray[np.float64]
    smallest: float


def claims_table(tables: Tables, params: Params) -> pd.DataFrame:
    """Return a row a test; tests that the parameters leave no data for are left out."""
    tests = [*beats_vanilla(tables), *fewer_labels(tables)]
    tests += [*radius(tables, params), *negatives(tables, params), *variants(tables, params)]
    corrected = holm([p_value(test.effects) for test in tests])
    outside = control(tables)
    corrected += [p_value(test.effects) for test in outside]
    rows = []
    for test, p in zip([*tests, *outside], corrected, strict=True):
        interval = mean_interval(test.effects)
        bounds = (interval.mean, interval.low, interval.high)
        judged = verdict(interval, p, test.smallest)
        rows.append((test.claim, test.statement, *bounds, p, len(test.effects), judged))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def p_value(effects: npt.NDArray[np.float64]) -> float:
    """Return the two-sided p of Student's one-sample t-test against 0; NaN for one run."""
    if len(effects) < 2:
        return math.nan
    if np.ptp(effects) == 0:  # no spread at all: t is infinite, or 0 over 0
        return 0.0 if effects[0] else 1.0
    return float(stats.ttest_1samp(effects, 0).pvalue)


def verdict(interval: Interval, p: float, smallest: float) -> str:
    """Apply the rule above; without an interval nothing can be concluded."""
    if interval.high < smallest:
        return "contradicted"
    if p < SIGNIFICANCE and interval.mean > 0 and interval.mean >= smallest:
        return "supported"
    return "inconclusive"


def beats_vanilla(tables: Tables) -> list[Effect]:
    """Claim 1: pre-training beats vanilla with the most labels, in accuracy and in loss."""
    results = distinct_sizes(tables.results)
    labels = int(results[N_LABELS].max())
    rows = results[results[N_LABELS] == labels]
    gain = POINTS * paired_difference(rows, TEST_ACCURACY, WORD2VEC, VANILLA)
    loss = paired_difference(rows, VALIDATION_LOSS, VANILLA, WORD2VEC)
    where = f"at {labels:,} labels"
    return [
        Effect(
            "1a", f"word2vec beats vanilla {where} {BY_POINTS}", gain.to_numpy(), SMALLEST_EFFECT
        ),
        Effect("1b", f"word2vec has less validation loss {where}, nats", loss.to_numpy(), 0),
    ]


def fewer_labels(tables: Tables) -> list[Effect]:
    """Claim 2: the gain grows as labels get fewer."""
    gains = gains_by_run(distinct_sizes(tables.results))
    sizes = list(gains.columns)
    if len(sizes) < 2:
        return []
    few, many = sizes[-2:]
    difference = (gains[few] - gains[many]).to_numpy()
    doublings = np.log2(np.array(sizes, np.float64))
    slopes = np.polyfit(doublings, gains.to_numpy().T, 1)[0]
    more = f"the gain at {few:,} labels is larger than at {many:,} {BY_POINTS}"
    return [
        Effect("2a", more, difference, SMALLEST_EFFECT),
        Effect("2b", "the gain falls as labels double, points a doubling", -slopes, 0),
    ]


def radius(tables: Tables, params: Params) -> list[Effect]:
    """Claim 3: a radius of about 5 is better than wider windows."""
    return _small_beats_larger(tables, params, "R", 5, "3")


def negatives(tables: Tables, params: Params) -> list[Effect]:
    """Claim 4: one negative a positive is better than more."""
    return _small_beats_larger(tables, params, "K", 1, "4")


def variants(tables: Tables, params: Params) -> list[Effect]:
    """Findings 5 and 6: vectors of other text, and of another objective, beat ``word2vec``'s.

    At the fewest and at the most labels. A variant that differs in nothing is left out.
    """
    results = distinct_sizes(tables.results)
    sizes = sorted(set(results[N_LABELS].astype(int)))
    tests: list[Effect] = []
    for name, variant in params.variants.items():
        settings = variant.model_dump()
        changed = {k: v for k, v in settings.items() if v != getattr(params.sgns, k)}
        if not changed:
            continue
        number = "5" if "corpus" in changed else "6"
        what = ", ".join(f"{key} {value}" for key, value in changed.items())
        for labels in dict.fromkeys((sizes[0], sizes[-1])):
            rows = results[results[N_LABELS] == labels]
            if name not in set(rows[METHOD]):
                continue
            gain = POINTS * paired_difference(rows, TEST_ACCURACY, name, WORD2VEC)
            letter = LETTERS[sum(test.claim.startswith(number) for test in tests)]
            statement = f"{name} ({what}) beats word2vec at {labels:,} labels {BY_POINTS}"
            tests.append(Effect(number + letter, statement, gain.to_numpy(), SMALLEST_EFFECT))
    return tests


def control(tables: Tables) -> list[Effect]:
    """A control that must show nothing: the pre-trained rows shuffled among the words."""
    results = distinct_sizes(tables.results)
    labels = int(results[N_LABELS].min())
    rows = results[results[N_LABELS] == labels]
    if SHUFFLED not in set(rows[METHOD]):
        return []
    gain = POINTS * paired_difference(rows, TEST_ACCURACY, SHUFFLED, VANILLA)
    statement = f"control: shuffled vectors beat vanilla at {labels:,} labels {BY_POINTS}"
    return [Effect("0", statement, gain.to_numpy(), SMALLEST_EFFECT)]


def gains_by_run(results: pd.DataFrame) -> pd.DataFrame:
    """Return word2vec minus vanilla in points, a row a run and a column a number of labels."""
    columns = {}
    for size in sorted(set(results[N_LABELS].astype(int))):
        rows = results[results[N_LABELS] == size]
        columns[size] = POINTS * paired_difference(rows, TEST_ACCURACY, WORD2VEC, VANILLA)
    return pd.DataFrame(columns).dropna()


def by_model(effects: "pd.Series[float]", params: Params) -> npt.NDArray[np.float64]:
    """Return the mean effect over the runs of each SGNS model; run i starts from i mod models."""
    model = effects.index.to_numpy() % params.sgns.models
    return np.asarray(effects.groupby(model).mean(), np.float64)


def _small_beats_larger(
    tables: Tables, params: Params, axis: str, value: int, claim: str
) -> list[Effect]:
    """Compare a value of R or K with every larger one, averaged over the other axis."""
    values = sorted(set(tables.ablation[axis].astype(int)))
    by_value = tables.ablation.pivot_table(index=RUN, columns=axis, values=TEST_ACCURACY)
    larger = [v for v in values if v > value]
    if value not in values or not larger:
        return []
    best = values[int(by_value[values].mean().to_numpy().argmax())]
    over = f"mean over {({'R': 'K', 'K': 'R'})[axis]}; highest at {axis} = {best}"
    return [
        Effect(
            f"{claim}{letter}",
            f"{axis} = {value} beats {axis} = {other} {BY_POINTS} ({over})",
            by_model(POINTS * (by_value[value] - by_value[other]), params),
            SMALLEST_EFFECT,
        )
        for letter, other in zip(LETTERS, larger, strict=False)
    ]
