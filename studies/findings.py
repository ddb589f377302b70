"""What the studies' runs say: the tables that the figures are drawn from and the texts tell.

Claims are judged by the rule of ``stages.report.rule``. All tests of all tasks are one family of
Holm's. R is compared at the main K and K at the main R, where there are most models; the other
cells are shown, not tested.
"""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, replace
from typing import Any

import pandas as pd

from stages.ablation.cell import Cell
from stages.core.arrays import BoolArray
from stages.core.console import say
from stages.report.claims import COLUMNS, RECIPES, Effect, fewer_labels, judged_together, letters
from stages.report.crossed import ByRow
from stages.report.gains import POINTS, Gains, sizes_of
from stages.report.intervals import accuracies_by
from stages.report.rule import CONTRADICTED, SMALLEST_EFFECT, SUPPORTED
from stages.report.tables import OTHER_AXIS
from stages.results import methods
from stages.results.classifiers import METHOD, N_LABELS, TEST_MACRO_F1, UNKNOWN_SHARE
from stages.results.methods import TFIDF, VANILLA, WORD2VEC, WORD2VEC_RAW
from stages.vectors.vectors import MODEL
from studies.params import TravelParams
from studies.runs import (
    EPOCHS,
    IN_DOMAIN,
    PART,
    PRETRAIN,
    RESULTS,
    SUBWORDS,
    TASK,
    TOKENS,
    VECTORS,
    WORDS,
    Runs,
    read_runs,
)

ByArm = Mapping[Any, pd.DataFrame]  # and number of labels
ARM = "arm"  # a method, or IN_DOMAIN: word2vec from in-domain vectors
GAIN = "gain"  # beside the arms
DIFFERENCE = "difference"  # beside the kinds of tokens
SHARE = "share"  # of the text
INTERVAL = ("mean", "low", "high")
ARMS = (
    *(WORD2VEC, IN_DOMAIN, VANILLA, TFIDF, methods.TFIDF_BIGRAMS),
    *(WORD2VEC_RAW, methods.VANILLA_DEFAULT),
)

Findings = Mapping[str, pd.DataFrame]


def find(travel: TravelParams) -> Findings:
    """Return tables by name, but of a study that has not been run.

    Means have 95 % intervals over runs and test rows. claims: a row a task and test. counts: a row
    a claim: how many tasks it holds in. accuracies: a row a task, number of labels and arm. cells:
    a row a task, R and K, at its fewest labels. epochs: a row a K and number of epochs. text: a row
    a share and arm. subwords: a row a number of labels, arm and kind of tokens.
    """
    found = {}
    if of_task := tasks(travel):
        claims = claims_by_task(of_task)
        found = {"claims": claims, "counts": counts(claims)}
        found |= {"accuracies": accuracies(of_task), "cells": cells(of_task)}
    for name, table_of in (("epochs", by_epochs), ("text", by_share), (SUBWORDS, by_tokens)):
        for runs in read_if_made(name):
            found[name] = table_of(runs)
    return found


def tasks(travel: TravelParams) -> dict[str, Runs]:
    """Return the runs of each task that has been run, the main experiment's first."""
    found = {str(home.lines[TASK].iloc[0]): home for home in read_if_made("travel-home")}
    for task in travel.tasks:
        for runs in read_if_made(f"travel/{task}"):
            found[task] = Runs.joined([runs, *read_if_made(f"in-domain/{task}")])
    return found


def read_if_made(name: str) -> list[Runs]:
    """Return a study's runs, if it has been run; tells the user where it has not."""
    if (RESULTS / f"{name}.csv").exists():
        return [read_runs(name)]
    say(f"studies: no results of {name} yet; left out")
    return []


def accuracies(of_task: Mapping[str, Runs]) -> pd.DataFrame:
    """Return each arm's test accuracy, and macro-F1, at each number of labels."""
    rows = []
    for task, runs in of_task.items():
        groups = by_arm(runs)
        for arm, labels in sorted(groups, key=lambda key: (key[1], ARMS.index(key[0]))):
            lines = groups[arm, labels]
            found = astuple(ByRow.of(lines, runs.correct).interval())
            rows.append((task, labels, arm, *found, lines[TEST_MACRO_F1].mean()))
    return pd.DataFrame(rows, columns=[TASK, N_LABELS, ARM, *INTERVAL, "macro_f1"])


def cells(of_task: Mapping[str, Runs]) -> pd.DataFrame:
    """Return word2vec's accuracy at the fewest labels from vectors of each R and K."""
    grids = {task: grid_of(runs) for task, runs in of_task.items()}
    tables = {
        task: accuracies_by(grid.lines, grid.correct, [N_LABELS, "R", "K"])
        for task, grid in grids.items()
    }
    return pd.concat(tables, names=[TASK]).reset_index(level=TASK).reset_index(drop=True)


def by_epochs(runs: Runs) -> pd.DataFrame:
    """Return accuracy and loss on held-out text for each K and number of epochs.

    Losses of different K are sums of different numbers of terms: each is told above the least of
    its K.
    """
    keys = ["K", EPOCHS]
    table = accuracies_by(runs.lines, runs.correct, keys)
    losses = runs.lines.groupby([*keys, MODEL])["held_out_loss"].first().groupby(keys).mean()
    above = losses - losses.groupby("K").transform("min")
    return table.assign(held_out_loss=losses.to_numpy(), above_least=above.to_numpy())


def by_share(runs: Runs) -> pd.DataFrame:
    """Return accuracies, and the gain in points, for each share of the text."""
    rows = []
    for part in sorted(set(runs.lines[PART].astype(int)), reverse=True):
        lines = runs.lines[runs.lines[PART] == part]
        epochs = int(lines[EPOCHS].dropna().iloc[0])
        of = {method: ByRow.of(group, runs.correct) for method, group in lines.groupby(METHOD)}
        of[GAIN] = (of[WORD2VEC] - of[VANILLA]) * POINTS
        for arm, by_row in of.items():
            rows.append((1 / part, arm, *astuple(by_row.interval()), epochs))
    return pd.DataFrame(rows, columns=[SHARE, ARM, *INTERVAL, EPOCHS])


def by_tokens(runs: Runs) -> pd.DataFrame:
    """Return accuracies on words and on subwords, and the difference in points, by labels."""
    keys = [N_LABELS, METHOD, TOKENS]
    of = {key: ByRow.of(group, runs.correct) for key, group in runs.lines.groupby(keys)}
    of |= {
        (labels, arm, DIFFERENCE): (of[labels, arm, SUBWORDS] - of[labels, arm, WORDS]) * POINTS
        for labels, arm, tokens in list(of)
        if tokens == SUBWORDS
    }
    unknown = runs.lines.groupby(keys)[UNKNOWN_SHARE].mean()
    rows = [(*key, *astuple(by.interval()), unknown.get(key)) for key, by in of.items()]
    return pd.DataFrame(rows, columns=[N_LABELS, ARM, TOKENS, *INTERVAL, UNKNOWN_SHARE])


def fraction(share: float) -> str:
    """Return a share of the text as it is shown: 1/16, or all."""
    return "all" if share == 1 else f"1/{round(1 / share)}"


def main_cell(runs: Runs) -> Cell:
    """Return the R and K that the usual recipe, and so everything but the grid, starts from."""
    first = runs.lines[runs.lines[METHOD] == WORD2VEC_RAW].iloc[0]
    return Cell(int(first["R"]), int(first["K"]))


def by_arm(runs: Runs) -> ByArm:
    """Return the runs of each arm at each number of labels, without those of other R and K."""
    lines, main = runs.lines, main_cell(runs)
    is_main = (lines["R"] == main.R) & (lines["K"] == main.K)
    arm = lines[METHOD].mask(lines[VECTORS] == IN_DOMAIN, IN_DOMAIN)
    chosen = lines.assign(**{ARM: arm})[lines[VECTORS].isna() | is_main.fillna(value=False)]
    return dict(list(chosen.groupby([ARM, N_LABELS])))


def grid_of(runs: Runs) -> Runs:
    """Return word2vec's runs from the main text's vectors of each R and K, at the fewest labels."""
    lines = runs.lines
    from_main_text = (lines[METHOD] == WORD2VEC) & (lines[VECTORS] == PRETRAIN)
    return runs.where(from_main_text & (lines[N_LABELS] == lines[N_LABELS].min()))


def claims_by_task(of_task: Mapping[str, Runs]) -> pd.DataFrame:
    """Return a row a task and test, all corrected as one family."""
    tests = [(task, effect) for task, runs in of_task.items() for effect in effects(runs)]
    judged = judged_together([effect for _, effect in tests])
    rows = [
        (task, effect.smallest, *row) for (task, effect), row in zip(tests, judged, strict=True)
    ]
    return pd.DataFrame(rows, columns=[TASK, "smallest", *COLUMNS])


def counts(claims: pd.DataFrame) -> pd.DataFrame:
    """Return a row a claim: in how many tasks it is supported and contradicted, of how many."""
    found = {verdict: claims["verdict"] == verdict for verdict in (SUPPORTED, CONTRADICTED)}
    found["above"] = claims["estimate"] > claims["smallest"]
    table = claims.assign(**found, tasks=1)
    by_claim = table.groupby(["claim", "statement"], sort=False)
    return by_claim[[SUPPORTED, CONTRADICTED, "above", "tasks"]].sum().reset_index()


def effects(runs: Runs) -> Iterator[Effect]:
    """Yield one task's tests, in the order of the claims."""
    lines = by_arm(runs)
    gains = gains_of(lines, runs.correct)
    sizes = sizes_of(gains)
    ends = list(zip(dict.fromkeys((sizes[0], sizes[-1])), ("fewest", "most"), strict=False))
    for labels, name in ends:
        for recipe, pair in RECIPES.items():
            beats = f"{pair[0]} beats {pair[1]} with the {name} labels"
            yield _test(f"1 {recipe}, {name}", beats, gains[*pair, labels])
    # The trends over all numbers of labels are those of the main experiment's claim 2b.
    trends = [effect for effect in fewer_labels(gains) if effect.smallest == 0]
    for recipe, effect in zip(RECIPES, trends, strict=False):
        yield replace(effect, claim=f"2 {recipe}")
    for claim, axis in (("3", "R"), ("4", "K")):
        yield from _along(axis, claim, runs)
    for labels, name in ends if (IN_DOMAIN, WORD2VEC, sizes[0]) in gains else ():
        beat = f"in-domain vectors beat those of the main text with the {name} labels"
        models = int(lines[IN_DOMAIN, labels]["models"].iloc[0])
        yield _test(f"5 {name}", beat, gains[IN_DOMAIN, WORD2VEC, labels].by_model(models))
    for labels, name in ends:
        beats = f"word2vec beats TF-IDF with the {name} labels"
        yield _test(f"6 {name}", beats, gains[WORD2VEC, TFIDF, labels])


def gains_of(lines: ByArm, correct: BoolArray) -> Gains:
    """Return each gain that is tested, in points, of runs as ``by_arm`` returns them."""
    of = {key: ByRow.of(group, correct) for key, group in lines.items()}
    pairs = (*RECIPES.values(), (IN_DOMAIN, WORD2VEC), (WORD2VEC, TFIDF))
    return {
        (first, second, labels): (of[first, labels] - of[second, labels]) * POINTS
        for first, second in pairs
        for labels in sorted({labels for arm, labels in of if arm == first})
    }


def _along(axis: str, claim: str, runs: Runs) -> Iterator[Effect]:
    """Compare the main R (or K) with each other one, at the main K (or R), the fewest labels."""
    main, grid, other_axis = main_cell(runs)._asdict(), grid_of(runs), OTHER_AXIS[axis]
    lines = grid.lines[grid.lines[other_axis] == main[other_axis]]
    at = {int(value): group for value, group in lines.groupby(axis)}
    own = at.pop(main[axis])
    for place, (value, other) in enumerate(at.items()):
        models = min(int(group["models"].iloc[0]) for group in (own, other))
        more = (ByRow.of(own, grid.correct) - ByRow.of(other, grid.correct)) * POINTS
        beats = f"{axis} = {main[axis]} beats {axis} = {value} with the fewest labels"
        yield _test(f"{claim}{letters(place)}", beats, more.by_model(models))


def _test(claim: str, statement: str, more: ByRow) -> Effect:
    return Effect(claim, statement, more.estimate(), SMALLEST_EFFECT)
