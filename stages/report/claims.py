"""Which claims hold on these data: ``claims.csv``, by the rule of ``stages.report.rule``."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from stages.files.classifiers import (
    N_LABELS,
    RUN,
    SHUFFLED,
    TEST_ACCURACY,
    VALIDATION_LOSS,
    VANILLA,
    WORD2VEC,
)
from stages.params.whole import Params
from stages.report.gains import POINTS, gain
from stages.report.rule import SMALLEST_EFFECT, verdict
from stages.report.statistics import holm, mean_interval, paired_difference
from stages.report.tables import OTHER_AXIS, Tables, distinct_sizes

BY_POINTS = f"by {SMALLEST_EFFECT} points or more"
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


def claims_table(tables: Tables, gains: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a row a test; tests that the parameters leave no data for are left out.

    ``gains`` are by run.
    """
    tests = [*beats_vanilla(distinct_sizes(tables.results), gains), *fewer_labels(gains)]
    tests += [*radius(tables, params), *negatives(tables, params), *variants(gains, params)]
    corrected = holm([p_value(test.effects - test.smallest) for test in tests])
    outside = control(gains)
    corrected += [p_value(test.effects - test.smallest) for test in outside]
    rows = []
    for test, p in zip([*tests, *outside], corrected, strict=True):
        interval = mean_interval(test.effects)
        bounds = (interval.mean, interval.low, interval.high)
        judged = verdict(interval.mean, p, test.smallest)
        rows.append((test.claim, test.statement, *bounds, p, len(test.effects), judged))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def p_value(effects: npt.NDArray[np.float64]) -> float:
    """Return the two-sided p of Student's one-sample t-test against 0; NaN for one run."""
    if len(effects) < 2:
        return math.nan
    if np.ptp(effects) == 0:  # no spread at all: t is infinite, or 0 over 0
        return 0.0 if effects[0] else 1.0
    return float(stats.ttest_1samp(effects, 0).pvalue)


def beats_vanilla(results: pd.DataFrame, gains: pd.DataFrame) -> list[Effect]:
    """Claim 1: pre-training beats vanilla with the most labels, in accuracy and in loss."""
    labels = sizes_of(gains)[-1]
    rows = results[results[N_LABELS] == labels]
    more = gain(gains, WORD2VEC, VANILLA, labels)
    loss = paired_difference(rows, VALIDATION_LOSS, VANILLA, WORD2VEC)
    where = f"at {labels:,} labels"
    return [
        Effect(
            "1a",
            f"word2vec beats vanilla {where} {BY_POINTS}",
            np.asarray(more, np.float64),
            SMALLEST_EFFECT,
        ),
        Effect("1b", f"word2vec has less validation loss {where}, nats", loss.to_numpy(), 0),
    ]


def fewer_labels(gains: pd.DataFrame) -> list[Effect]:
    """Claim 2: the gain grows as labels get fewer."""
    sizes = sizes_of(gains)
    if len(sizes) < 2:
        return []
    by_size = {size: gain(gains, WORD2VEC, VANILLA, size) for size in sizes}
    at = pd.DataFrame(by_size).dropna()  # a row a run
    few, many = sizes[-2:]
    difference = (at[few] - at[many]).to_numpy()
    doublings = np.log2(np.array(sizes, np.float64))
    slopes = np.polyfit(doublings, at.to_numpy().T, 1)[0]
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


def variants(gains: pd.DataFrame, params: Params) -> list[Effect]:
    """Findings 5 and 6: vectors of other text, and of another objective, beat ``word2vec``'s.

    At the fewest and at the most labels. A variant that differs in nothing is left out.
    """
    sizes = sizes_of(gains)
    tests: list[Effect] = []
    for name, variant in params.variants.items():
        settings = variant.model_dump()
        changed = {k: v for k, v in settings.items() if v != getattr(params.sgns, k)}
        if not changed:
            continue
        number = "5" if "corpus" in changed else "6"
        what = ", ".join(f"{key} {value}" for key, value in changed.items())
        for labels in dict.fromkeys((sizes[0], sizes[-1])):
            more = gain(gains, name, WORD2VEC, labels)
            if more.empty:
                continue
            letter = LETTERS[sum(test.claim.startswith(number) for test in tests)]
            statement = f"{name} ({what}) beats word2vec at {labels:,} labels {BY_POINTS}"
            tests.append(
                Effect(number + letter, statement, np.asarray(more, np.float64), SMALLEST_EFFECT)
            )
    return tests


def control(gains: pd.DataFrame) -> list[Effect]:
    """A control that must show nothing: the pre-trained rows shuffled among the words."""
    labels = sizes_of(gains)[0]
    more = gain(gains, SHUFFLED, VANILLA, labels)
    if more.empty:
        return []
    statement = f"control: shuffled vectors beat vanilla at {labels:,} labels {BY_POINTS}"
    return [Effect("0", statement, np.asarray(more, np.float64), SMALLEST_EFFECT)]


def sizes_of(gains: pd.DataFrame) -> list[int]:
    """Return the numbers of labels that there are gains at, from the fewest."""
    return sorted(set(gains[N_LABELS].astype(int)))


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
    over = f"mean over {OTHER_AXIS[axis]}; highest at {axis} = {best}"
    return [
        Effect(
            f"{claim}{letter}",
            f"{axis} = {value} beats {axis} = {other} {BY_POINTS} ({over})",
            by_model(POINTS * (by_value[value] - by_value[other]), params),
            SMALLEST_EFFECT,
        )
        for letter, other in zip(LETTERS, larger, strict=False)
    ]
