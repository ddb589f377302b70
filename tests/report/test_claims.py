import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stages.check.whole import Params
from stages.report.claims import COLUMNS, RECIPES, claims_table
from stages.report.crossed import ByRow
from stages.report.gains import find_gains
from stages.report.rule import verdict
from stages.report.tables import Tables
from tests.report.synthetic import params, remeasured, tables


@pytest.mark.parametrize(
    ("effect", "p", "found"),
    [
        (1.0, 0.001, "supported"),
        (0.6, 0.049, "supported"),
        (0.6, 0.05, "inconclusive"),
        (0.4, 0.049, "contradicted"),
        (0.4, 0.05, "inconclusive"),
        (-1.0, 0.001, "contradicted"),
        (0.5, 0.001, "inconclusive"),
        (1.0, math.nan, "inconclusive"),
    ],
)
def test_verdicts_follow_the_rule(effect: float, p: float, found: str) -> None:
    assert verdict(effect, p, 0.5) == found


def with_noise(deviation: float, seed: int) -> Tables:
    """The tables with scores that have some spread between seeds."""
    every, random = tables(), np.random.default_rng(seed)
    for table in (every.results, every.ablation):
        for score in ("test_accuracy", "validation_loss"):
            table[score] = table[score] + random.normal(0, deviation, len(table))
    return remeasured(every)


def claims(every: Tables, of: Params) -> pd.DataFrame:
    """The claims of these tables."""
    results = every.distinct
    return claims_table(every, find_gains(results, every.correct, of), of)


def test_a_row_a_test_whose_estimate_is_the_difference_put_in() -> None:
    table = claims(with_noise(1e-4, seed=0), params())
    assert tuple(table.columns) == COLUMNS
    twice = [f"{name} {recipe}" for name in ("1a", "1b", "2a", "2b") for recipe in RECIPES]
    over_models = ["4a", "4b", "5a", "5b", "5c", "5d"]
    assert table["claim"].tolist() == [*twice, *over_models, "0"]
    table = table.set_index("claim")
    # Pre-training itself is judged over the 2 SGNS models, all else over the 3 seeds.
    assert table.index[table["n"] == 2].tolist() == over_models
    # In the made-up scores word2vec gains 6 points at 100 labels and 2 at 400: two doublings.
    assert table.loc["1a fair", "estimate"] == pytest.approx(2, abs=0.1)
    assert table.loc["2a fair", "estimate"] == pytest.approx(4, abs=0.1)
    assert table.loc["2b fair", "estimate"] == pytest.approx(2, abs=0.1)
    assert table.loc["2a fair", "verdict"] == "supported"
    # By the usual recipe it gains 12 and 8.
    assert table.loc["1a usual", "estimate"] == pytest.approx(8, abs=0.1)
    assert table.loc["2a usual", "estimate"] == pytest.approx(4, abs=0.1)
    # A thousandth for each K; variants are as good as vanilla, the control too.
    assert table.loc["4a", "estimate"] == pytest.approx(0.3, abs=0.1)
    assert table.loc["5a", "estimate"] == pytest.approx(-6, abs=0.1)
    assert table.loc["0", "estimate"] == pytest.approx(0, abs=0.1)


def test_runs_of_one_model_are_averaged_first() -> None:
    values = np.array([[1.0, 0.0], [5.0, 0.0], [3.0, 2.0], [9.0, 4.0]])
    found = ByRow(np.arange(4), values).by_model(2)  # models 0, 1, 0, 1
    assert found.runs.tolist() == [0, 1] and found.values.tolist() == [[2, 1], [7, 2]]


def test_the_verdict_can_be_read_off_the_interval() -> None:
    """Whatever the results: all of the interval is on one side exactly if there is a verdict."""
    seen = set()
    for seed in range(12):
        for row in claims(with_noise(0.004, seed), params()).to_dict("records"):
            smallest = 0 if row["claim"].startswith(("1b", "2b")) else 0.5
            expected = "inconclusive"
            if row["holm_low"] > smallest:
                expected = "supported"
            elif row["holm_high"] < smallest:
                expected = "contradicted"
            assert row["verdict"] == expected
            assert row["holm_low"] <= row["ci_low"] + 1e-9
            assert row["holm_high"] >= row["ci_high"] - 1e-9
            seen.add(expected)
    assert seen == {"supported", "contradicted", "inconclusive"}


def test_the_control_is_outside_the_family() -> None:
    every = tables()
    with_it = claims(every, params()).set_index("claim")
    without = replace(every, results=every.results.query("method != 'shuffled'"))
    alone = claims(without, params()).set_index("claim")
    assert with_it.drop("0")["p_value"].tolist() == alone["p_value"].tolist()


def test_a_variant_says_how_it_differs_and_one_that_does_not_is_no_test() -> None:
    for main, count, differs in (
        ({"corpus": "both"}, 2, "corpus in-domain"),
        ({"objective": "infonce"}, 4, "corpus in-domain, objective nce"),
    ):
        sgns = params().sgns.model_copy(update=main)
        table = claims(tables(), params().model_copy(update={"sgns": sgns})).set_index("claim")
        assert sum(name > "5" for name in table.index) == count
        start = f"in-domain ({differs}) beats word2vec at 100"
        assert str(table.loc["5a", "statement"]).startswith(start)


def statements(cells: tuple[str, ...]) -> dict[str, str]:
    """The claims on R and K, where these cells were trained."""
    table = claims(tables(cells), params(cells)).set_index("claim")["statement"]
    return {str(name): str(told) for name, told in table.items() if str(name)[0] in "34"}


def test_values_are_compared_where_both_were_trained() -> None:
    cross = ("R2-K1", "R5-K1", "R9-K1", "R5-K4", "R5-K8")
    told = statements(cross)
    by = "by more than 0.5 points"
    assert told["3a"] == f"R = 5 beats R = 9 at 100 labels {by} (at K = 1; highest: R = 9)"
    assert told["4a"] == f"K = 1 beats K = 4 at 100 labels {by} (at R = 5; highest: K = 1)"
    assert [name for name in told if name[0] == "4"] == ["4a", "4b", "4c", "4d"]
    # Of more cells, the mean over all values of the other that both have; none is made up.
    more = statements((*cross, "R9-K4", "R20-K8", "R30-K2"))
    assert more["3a"].endswith(f"{by} (mean over K = 1, 4; highest: R = 9)")
    assert "R = 20 at 100 labels" in more["3b"] and "(at K = 8; highest: R = 20)" in more["3b"]
    assert not any("R = 30" in statement for statement in more.values())


def test_a_comparison_is_of_shared_cells_alone() -> None:
    """What R = 9 scores at a K that R = 5 was not trained at does not count."""
    cells = ("R5-K1", "R9-K1", "R9-K4")
    every = tables(cells)
    elsewhere = (every.ablation["R"] == 9) & (every.ablation["K"] == 4)
    far = every.ablation.assign(
        test_accuracy=every.ablation["test_accuracy"].where(~elsewhere, 0.1)
    )
    changed = remeasured(replace(every, ablation=far))
    before, after = (claims(t, params(cells)).set_index("claim") for t in (every, changed))
    # R / budget: (5 - 9) / 100 of accuracy.
    estimates = [float(table["estimate"]["3a"]) for table in (before, after)]
    assert estimates == pytest.approx([-4, -4])
