"""In how many tasks does a claim hold: with effects that are known."""

import pytest

from stages.report.rule import CONTRADICTED, SUPPORTED
from stages.results.methods import VANILLA
from studies.findings import claims_by_task, counts
from tests.studies import made_up
from tests.studies.made_up import SIZES, runs_of_task

TASKS = {"one": runs_of_task("one"), "two": runs_of_task("two", {VANILLA: 0.90})}
CLAIMS = claims_by_task(TASKS)


def test_effects_are_the_differences_in_points() -> None:
    found = CLAIMS[CLAIMS["task"] == "one"].set_index("claim")["estimate"]
    effects = {"1 fair, most": 4, "1 usual, most": 22, "1 fair, fewest": 4, "3a": 2, "4a": -2}
    # The gain is the same at both numbers of labels.
    effects |= {"2 fair": 0, "5 fewest": 3, "6 most": 3}
    assert {name: found[name] for name in effects} == pytest.approx(effects, abs=1e-9)


def test_a_claim_is_counted_over_tasks() -> None:
    table = counts(CLAIMS).set_index("claim")
    found = table.loc["1 fair, most"]
    assert (found[SUPPORTED], found[CONTRADICTED], found["above"], found["tasks"]) == (1, 1, 1, 2)
    assert table.loc["1 usual, most", SUPPORTED] == 2
    assert table.loc["4a", CONTRADICTED] == 2


def test_all_tests_of_all_tasks_are_one_family() -> None:
    one = claims_by_task({"one": TASKS["one"]})
    alone = one.set_index("claim")["p_value"]
    together = CLAIMS[CLAIMS["task"] == "one"].set_index("claim")["p_value"]
    assert len(CLAIMS) == 2 * len(one)
    assert (together >= alone).all()
    assert (together > alone).any()


def test_one_number_of_labels_has_no_trend_and_each_claim_once() -> None:
    runs = TASKS["one"]
    claims = claims_by_task({"one": runs.where(runs.lines["n_labels"] == SIZES[0])})["claim"]
    assert claims.is_unique
    assert not any(claim.startswith("2") or "most" in claim for claim in claims)


def test_no_test_is_left_out_however_many_cells_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = {(radius, 1): 0.82 for radius in range(6, 34)}
    monkeypatch.setattr(made_up, "OTHER_CELLS", cells)
    found = claims_by_task({"one": made_up.runs_of_task()})["claim"].tolist()
    assert [claim for claim in found if claim.startswith("3")][25:] == ["3z", "3aa", "3ab"]
