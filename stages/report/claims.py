"""Which claims hold on these data: ``claims.csv``, by the rule of ``stages.report.rule``."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd

from stages.check.whole import Params
from stages.report.crossed import ByRow, Estimate, over_runs
from stages.report.gains import POINTS, Gains, sizes_of
from stages.report.rule import SIGNIFICANCE, SMALLEST_EFFECT, verdict
from stages.report.statistics import CONFIDENCE, holm, paired_difference
from stages.report.tables import OTHER_AXIS, P_VALUE, Tables
from stages.results.classifiers import N_LABELS, VALIDATION_LOSS
from stages.results.methods import SHUFFLED, VANILLA, VANILLA_DEFAULT, WORD2VEC, WORD2VEC_RAW

BY_POINTS = f"by more than {SMALLEST_EFFECT} points"
RECIPES = {"fair": (WORD2VEC, VANILLA), "usual": (WORD2VEC_RAW, VANILLA_DEFAULT)}
COLUMNS = (
    *("claim", "statement", "estimate", "holm_low", "holm_high", "ci_low", "ci_high"),
    *(P_VALUE, "n", "verdict"),
)


@dataclass(frozen=True)
class Effect:
    """An effect, positive where it agrees with the claim, and its smallest of interest."""

    claim: str
    statement: str
    estimate: Estimate
    smallest: float

    def p_value(self) -> float:
        """Return the two-sided p of the effect being its smallest of interest."""
        return self.estimate.p_value(self.smallest)

    def judged(self, level: float, p: float) -> tuple[object, ...]:
        """Return the row of the table, at Holm's level and with Holm's p."""
        found, plain = self.estimate.interval(1 - level), self.estimate.interval(CONFIDENCE)
        bounds = (found.mean, found.low, found.high, plain.low, plain.high)
        decided = verdict(found.mean, p, self.smallest)
        return (self.claim, self.statement, *bounds, p, self.estimate.n, decided)


def claims_table(tables: Tables, gains: Gains, params: Params) -> pd.DataFrame:
    """Return a row a test; tests that the parameters leave no data for are left out."""
    tests = [*beats_vanilla(tables.distinct, gains), *fewer_labels(gains)]
    tests += [*_smaller("R", 5, "3", tables, params), *_smaller("K", 1, "4", tables, params)]
    rows = judged_together([*tests, *variants(gains, params)])
    rows += [test.judged(SIGNIFICANCE, test.p_value()) for test in control(gains)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def judged_together(tests: Sequence[Effect]) -> list[tuple[object, ...]]:
    """Return the rows of some tests, corrected as one family."""
    p_values = [test.p_value() for test in tests]
    judged = zip(tests, *holm(p_values, SIGNIFICANCE), strict=True)
    return [test.judged(level, p) for test, level, p in judged]


def beats_vanilla(results: pd.DataFrame, gains: Gains) -> list[Effect]:
    """Claim 1: pre-training beats vanilla with the most labels, in accuracy and in loss."""
    labels = sizes_of(gains)[-1]
    rows = results[results[N_LABELS] == labels]
    tests = []
    for recipe, (method, against) in RECIPES.items():
        more = gains[method, against, labels].estimate()
        less = over_runs(paired_difference(rows, VALIDATION_LOSS, against, method))
        beats = f"{method} beats {against} at {labels:,} labels {BY_POINTS}"
        tests.append(Effect(f"1a {recipe}", beats, more, SMALLEST_EFFECT))
        lower = f"{method} has less validation loss than {against} at {labels:,} labels, nats"
        tests.append(Effect(f"1b {recipe}", lower, less, 0))
    return sorted(tests, key=lambda test: test.claim)


def fewer_labels(gains: Gains) -> list[Effect]:
    """Claim 2: the gain grows as labels get fewer."""
    sizes = sizes_of(gains)
    if len(sizes) < 2:
        return []
    few, many = sizes[-2:]
    tests = []
    for recipe, (method, against) in RECIPES.items():
        at = {size: gains[method, against, size] for size in sizes}
        of = f"the gain of {method} over {against}"
        more = f"{of} at {few:,} labels is larger than at {many:,} {BY_POINTS}"
        falls = f"{of} falls as labels double, points a doubling"
        difference = (at[few] - at[many]).estimate()
        tests.append(Effect(f"2a {recipe}", more, difference, SMALLEST_EFFECT))
        tests.append(Effect(f"2b {recipe}", falls, _fall(at), 0))
    return sorted(tests, key=lambda test: test.claim)


def _fall(gains: dict[int, ByRow]) -> Estimate:
    """Return by how much the gain falls as labels double, a least-squares line a run."""
    by_size = pd.DataFrame({size: gain.means() for size, gain in gains.items()}).dropna()
    doublings = np.log2(np.array(by_size.columns, np.float64))
    return over_runs(-np.polyfit(doublings, by_size.to_numpy().T, 1)[0])


def variants(gains: Gains, params: Params) -> list[Effect]:
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
            if (name, WORD2VEC, labels) not in gains:
                continue
            more = gains[name, WORD2VEC, labels].by_model(params.sgns.models).estimate()
            claim = number + letters(sum(test.claim.startswith(number) for test in tests))
            statement = f"{name} ({what}) beats word2vec at {labels:,} labels {BY_POINTS}"
            tests.append(Effect(claim, statement, more, SMALLEST_EFFECT))
    return tests


def control(gains: Gains) -> list[Effect]:
    """A control that must show nothing: the pre-trained rows shuffled among the words."""
    labels = sizes_of(gains)[0]
    if (SHUFFLED, VANILLA, labels) not in gains:
        return []
    more = gains[SHUFFLED, VANILLA, labels].estimate()
    statement = f"control: shuffled vectors beat vanilla at {labels:,} labels {BY_POINTS}"
    return [Effect("0", statement, more, SMALLEST_EFFECT)]


def letters(number: int) -> str:
    """Return the name of one of a claim's tests, from 0: a to z, then aa, ab and so on."""
    before, last = divmod(number, len(ascii_lowercase))
    return (letters(before - 1) if before else "") + ascii_lowercase[last]


def _smaller(axis: str, value: int, claim: str, tables: Tables, params: Params) -> list[Effect]:
    """Claims 3 and 4: a radius of about 5, and one negative a positive, beat every larger one.

    Two values are compared wherever both meet the same values of the other axis.
    """
    other = OTHER_AXIS[axis]
    tests: list[Effect] = []
    for labels, lines in tables.ablation.groupby(N_LABELS):
        groups: Any = lines.groupby(axis)
        met = {int(v): set(group[other].astype(int)) for v, group in groups}
        for larger in (v for v in met if v > value):
            shared = met.get(value, set()) & met[larger]
            if not shared:
                continue
            there = lines[lines[other].isin(shared)]
            accuracy = {
                v: ByRow.of(there[there[axis] == v], tables.grid_correct)
                for v in met
                if shared <= met[v]
            }
            best = max(accuracy, key=lambda v: accuracy[v].values.mean())
            over = "at" if len(shared) == 1 else "mean over"
            statement = (
                f"{axis} = {value} beats {axis} = {larger} at {labels:,} labels {BY_POINTS} "
                f"({over} {other} = {', '.join(map(str, sorted(shared)))}; "
                f"highest: {axis} = {best})"
            )
            more = ((accuracy[value] - accuracy[larger]) * POINTS).by_model(params.ablation.models)
            name = f"{claim}{letters(len(tests))}"
            tests.append(Effect(name, statement, more.estimate(), SMALLEST_EFFECT))
    return tests
