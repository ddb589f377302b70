"""In how many tasks does each claim hold? By the rule of ``stages.report.rule``.

All tests of all tasks are one family of Holm's. R is compared at the main K and K at the main R,
where there are most models; the other cells are shown, not tested.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from stages.ablation.cell import Cell
from stages.report.claims import COLUMNS, RECIPES, Effect, fewer_labels, letters
from stages.report.crossed import ByRow
from stages.report.gains import POINTS
from stages.report.rule import CONTRADICTED, SIGNIFICANCE, SMALLEST_EFFECT, SUPPORTED
from stages.report.statistics import holm, holm_levels
from stages.results.classifiers import METHOD, N_LABELS
from stages.results.methods import TFIDF, WORD2VEC, WORD2VEC_RAW
from studies.runs import IN_DOMAIN, MODELS, NEGATIVES, PRETRAIN, RADIUS, TASK, VECTORS, Runs

CLAIM, STATEMENT, VERDICT, ESTIMATE = "claim", "statement", "verdict", "estimate"
SMALLEST = "smallest"  # effect of interest, that the effect is tested against


def lines_at(runs: Runs, method: str, labels: int, text: str = PRETRAIN) -> pd.DataFrame:
    """Return a method's runs; of those that read vectors, the ones from the main cell's."""
    lines = runs.lines
    chosen = lines[(lines[METHOD] == method) & (lines[N_LABELS] == labels)]
    if method in (WORD2VEC, WORD2VEC_RAW):
        chosen = chosen[(chosen[VECTORS] == text) & ~is_other_cell(runs).loc[chosen.index]]
    return chosen


def method_at(runs: Runs, method: str, labels: int, text: str = PRETRAIN) -> ByRow:
    """Return which test rows the runs of ``lines_at`` had right."""
    return ByRow.of(lines_at(runs, method, labels, text), runs.correct)


def main_cell(runs: Runs) -> Cell:
    """Return the R and K that the usual recipe, and so everything but the grid, starts from."""
    first = runs.lines[runs.lines[METHOD] == WORD2VEC_RAW].iloc[0]
    return Cell(int(first[RADIUS]), int(first[NEGATIVES]))


def is_other_cell(runs: Runs) -> "pd.Series[bool]":
    """Return which lines start from vectors of another R or K."""
    main, lines = main_cell(runs), runs.lines
    other = (lines[RADIUS] != main.R) | (lines[NEGATIVES] != main.K)
    return other.fillna(value=False).astype(bool)


def has_in_domain(runs: Runs) -> bool:
    """Whether runs from vectors of the labelled pool's text are among them."""
    return bool((runs.lines[VECTORS] == IN_DOMAIN).any())


def sizes(runs: Runs) -> list[int]:
    """Return the numbers of labels, from the fewest."""
    return sorted(set(runs.lines[N_LABELS].astype(int)))


def effects(runs: Runs) -> Iterator[Effect]:
    """Yield one task's tests, in the order of the claims."""
    yield from _beats_vanilla(runs)
    yield from _fewer_labels(runs)
    yield from _axis(runs, RADIUS, "3")
    yield from _axis(runs, NEGATIVES, "4")
    yield from _in_domain(runs)
    yield from _beats_tfidf(runs)


def claims_by_task(of_task: Mapping[str, Runs]) -> pd.DataFrame:
    """Return a row a task and test, all corrected as one family."""
    tests = [(task, effect) for task, runs in of_task.items() for effect in effects(runs)]
    p_values = [effect.p_value() for _, effect in tests]
    levels, corrected = holm_levels(p_values, SIGNIFICANCE), holm(p_values)
    rows = [
        (task, effect.smallest, *effect.judged(level, p))
        for (task, effect), level, p in zip(tests, levels, corrected, strict=True)
    ]
    return pd.DataFrame(rows, columns=[TASK, SMALLEST, *COLUMNS])


def counts(claims: pd.DataFrame) -> pd.DataFrame:
    """Return a row a claim: in how many tasks it is supported and contradicted, of how many."""
    rows = []
    for (claim, statement), group in claims.groupby([CLAIM, STATEMENT], sort=False):
        verdicts = list(group[VERDICT])
        above = int((group[ESTIMATE] > group[SMALLEST]).sum())
        found = (verdicts.count(SUPPORTED), verdicts.count(CONTRADICTED), above, len(verdicts))
        rows.append((claim, statement, *found))
    names = [CLAIM, STATEMENT, SUPPORTED, CONTRADICTED, "above", "tasks"]
    return pd.DataFrame(rows, columns=names)


def gain(runs: Runs, method: str, against: str, labels: int) -> ByRow:
    """Return a method's gain over another, in points."""
    return (method_at(runs, method, labels) - method_at(runs, against, labels)) * POINTS


def _beats_vanilla(runs: Runs) -> Iterator[Effect]:
    for name, labels in _ends(runs).items():
        for recipe, pair in RECIPES.items():
            statement = f"{pair[0]} beats {pair[1]} with the {name} labels"
            more = gain(runs, *pair, labels).estimate()
            yield Effect(f"1 {recipe}, {name}", statement, more, SMALLEST_EFFECT)


def _beats_tfidf(runs: Runs) -> Iterator[Effect]:
    for name, labels in _ends(runs).items():
        statement = f"word2vec beats TF-IDF with the {name} labels"
        more = gain(runs, WORD2VEC, TFIDF, labels).estimate()
        yield Effect(f"6 {name}", statement, more, SMALLEST_EFFECT)


def _ends(runs: Runs) -> dict[str, int]:
    """Return the fewest and the most labels; one of them where there is one number of labels."""
    found = sizes(runs)
    return {"fewest": found[0], "most": found[-1]} if len(found) > 1 else {"fewest": found[0]}


def _fewer_labels(runs: Runs) -> Iterator[Effect]:
    """Yield the trends over all numbers of labels: those of the main experiment's claim 2b."""
    gains = {
        (*pair, labels): gain(runs, *pair, labels)
        for pair in RECIPES.values()
        for labels in sizes(runs)
    }
    trends = [effect for effect in fewer_labels(gains) if effect.smallest == 0]
    for recipe, effect in zip(RECIPES, trends, strict=False):
        yield replace(effect, claim=f"2 {recipe}")


def _axis(runs: Runs, axis: str, claim: str) -> Iterator[Effect]:
    """Compare the main R (or K) with each other one, at the main K (or R), the fewest labels."""
    main, fewest = main_cell(runs), sizes(runs)[0]
    fixed, value = (NEGATIVES, main.K) if axis == RADIUS else (RADIUS, main.R)
    lines = runs.lines
    grid = lines[
        (lines[METHOD] == WORD2VEC) & (lines[VECTORS] == PRETRAIN) & (lines[N_LABELS] == fewest)
    ]
    grid = grid[grid[fixed] == value]
    own = getattr(main, axis)
    others = sorted(set(grid[axis].astype(int)) - {own})
    for place, other in enumerate(others):
        pair = [grid[grid[axis] == number] for number in (own, other)]
        models = min(int(of[MODELS].iloc[0]) for of in pair)
        first, second = (ByRow.of(of, runs.correct) for of in pair)
        more = ((first - second) * POINTS).by_model(models).estimate()
        statement = f"{axis} = {own} beats {axis} = {other} with the fewest labels"
        yield Effect(f"{claim}{letters(place)}", statement, more, SMALLEST_EFFECT)


def _in_domain(runs: Runs) -> Iterator[Effect]:
    if not has_in_domain(runs):
        return
    for name, labels in _ends(runs).items():
        near, far = (method_at(runs, WORD2VEC, labels, text) for text in (IN_DOMAIN, PRETRAIN))
        models = int(runs.lines.loc[runs.lines[VECTORS] == IN_DOMAIN, MODELS].iloc[0])
        more = ((near - far) * POINTS).by_model(models).estimate()
        statement = f"in-domain vectors beat those of the main text with the {name} labels"
        yield Effect(f"5 {name}", statement, more, SMALLEST_EFFECT)
