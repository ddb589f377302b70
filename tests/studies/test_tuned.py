"""Both arms get the same search, and validation rows alone decide."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.classify.experiment import Job, Outcome
from stages.classify.params import Settings
from stages.classify.scores import Scores
from stages.classify.trainer import EpochScores, Run
from stages.core.console import StageError
from stages.core.params import load_sections, parse
from studies import tuned
from studies.params import StudyParams, TunedParams
from tests.support import REPOSITORY

PARAMS = load_sections(Settings, REPOSITORY / "params.yaml")
TUNED = load_sections(StudyParams, REPOSITORY / "studies/params.yaml").tuned


def settings(**changes: object) -> Settings:
    classify = PARAMS.classify.model_copy(update=changes)
    return PARAMS.model_copy(update={"classify": classify})


@pytest.fixture(autouse=True)
def no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job names its vectors; the stubs below never read them."""
    monkeypatch.setattr(tuned, "model_folders", lambda _: [Path("model")])


def outcome(job: Job, validation: float, test: float) -> Outcome:
    right = np.arange(100) < round(100 * test)
    epoch = EpochScores(1, 1.0, Scores(1 - validation, validation, validation, right))
    return Outcome(job, job.budget, 0.0, Run([epoch], epoch, Scores(1 - test, test, test, right)))


def test_configurations_are_drawn_within_their_ranges_after_the_shared_setting() -> None:
    drawn = tuned.configurations(TUNED, PARAMS)
    assert tuned.applied(drawn[0], PARAMS) == PARAMS
    assert len({tuple(each.values()) for each in drawn}) == TUNED.configurations
    for each in drawn[1:]:
        for name in tuned.SEARCHED:
            low, high = getattr(TUNED, name)
            assert low <= each[name] <= high
    # The same again, and of fewer the first ones.
    assert tuned.configurations(TUNED.model_copy(update={"configurations": 5}), PARAMS) == drawn[:5]


def test_length_multiplies_epochs_and_steps() -> None:
    params = settings(epochs=7, min_steps=600)
    shared = tuned.configurations(TUNED, params)[0]
    longer = tuned.applied({**shared, "length": 2.5}, params).classify
    assert (longer.epochs, longer.min_steps) == (18, 1500)


def test_both_arms_are_tried_alike_and_validation_chooses_though_the_test_split_disagrees() -> None:
    params = settings(budgets=[10, 20], runs=2)
    candidates = tuned.configurations(TUNED.model_copy(update={"configurations": 3}), params)
    by_lr = {each["lr"]: number for number, each in enumerate(candidates)}
    validation, test = {0: 0.6, 1: 0.9, 2: 0.7}, {0: 0.9, 1: 0.1, 2: 0.95}
    asked: list[Job] = []

    def train(jobs: Sequence[Job]) -> list[Outcome]:
        asked.extend(jobs)
        numbers = [by_lr[job.params.classify.lr] for job in jobs]
        return [outcome(j, validation[n], test[n]) for j, n in zip(jobs, numbers, strict=True)]

    def tried(method: str) -> list[tuple[int, int, Settings]]:
        return [(job.budget, job.run, job.params) for job in asked if job.method == method]

    trials = tuned.choose(tuned.search(candidates, 2, params, train))
    assert tried("vanilla") == tried("word2vec")
    assert len(tried("vanilla")) == 3 * 2 * 2  # configurations, budgets, runs
    assert {job.run for job in asked} == {2, 3}  # none that is reported
    assert {line["configuration"] for line in tuned.taken(trials)} == {1}
    lines, right = tuned.report(trials, candidates, params, train)
    means = lines.groupby("setting")["test_accuracy"].mean()
    assert means.to_dict() == pytest.approx({"shared": 0.9, "tuned": 0.1})
    assert sorted(lines["run"].unique()) == [0, 1]
    assert right[10, "vanilla", "tuned"].values.mean() == pytest.approx(10)


def test_of_equal_accuracy_the_lower_loss_is_taken_and_of_equals_the_first() -> None:
    names = ["budget", "method", "configuration", "validation_accuracy", "validation_loss"]
    found = [(0, 0.4, 0.5), (1, 0.5, 2.0), (2, 0.5, 1.0), (3, 0.5, 1.0)]
    trials = pd.DataFrame([(10, "vanilla", *line) for line in found], columns=names)
    assert [line["configuration"] for line in tuned.taken(tuned.choose(trials))] == [2]


def test_the_place_in_a_range_is_as_it_is_drawn() -> None:
    ranges = TUNED.model_copy(update={"lr": [0.001, 0.1], "dropout": [0.2, 0.6]})
    assert tuned.place_in_range(ranges, "lr", 0.01) == pytest.approx(0.5)
    assert tuned.place_in_range(ranges, "dropout", 0.3) == pytest.approx(0.25)


def test_a_range_that_falls_is_refused() -> None:
    content = TUNED.model_dump() | {"lr": [0.1, 0.01]}
    with pytest.raises(StageError, match=r"\[0.1, 0.01\].*lower end must come first"):
        parse(TunedParams, content, "studies/params.yaml")
