"""Experiments beyond the main one: a pipeline of their own, on top of what the main one left."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from tests.pipeline.corpus import DOWNSTREAM_NAME
from tests.pipeline.project import (
    BUDGETS,
    RUNS,
    SGNS_EPOCHS,
    SGNS_SEEDS,
    SMALL,
    Project,
    stages_run,
)
from tests.support import REPOSITORY, files_below, raw_params

OTHER = "other-labels"
# All as for the main experiment's own task, whose rows it has: so must the results be.
TASK: dict[str, Any] = {
    "validation": SMALL["data.validation"],
    "max_length": raw_params()["tokenize"]["max_length"],
    "skewed": True,
    "budgets": BUDGETS,
}
SHORT: dict[str, Any] = {
    "runs": RUNS,
    # One cell is trained again, though the main experiment has it: its results must be the same.
    "travel": {
        **{"tasks": {OTHER: TASK}, "R": [2, 3], "K": [1, 2]},
        **{"trained": ["R3-K1", "R3-K2"], "models": SGNS_SEEDS},
    },
    "in_domain": {"models": 2, "epochs": {OTHER: [1, 2]}},
    "text": {"parts": [{"part": 2, "epochs": [1, 2]}], "models": 2, "budget": 20},
    "subwords": {"pieces": 200},
    "epochs": {"K": [1, 2], "epochs": [1, SGNS_EPOCHS], "R": 2, "models": 1, "budget": 20},
}


@pytest.fixture
def studied(project: Project, tmp_path: Path) -> Project:
    """The finished project with short studies, and its own task by another name."""
    made = ("results", "dvc.lock", "data", "manifests", "vectors", "correct", "plots")
    shutil.copytree(
        REPOSITORY / "studies",
        project.root / "studies",
        ignore=shutil.ignore_patterns("__pycache__", *made),
    )
    data = tmp_path / "data"
    shutil.copytree(project.data, data)
    shutil.copytree(data / DOWNSTREAM_NAME, data / OTHER)
    path = project.root / "studies/params.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8")) | SHORT
    params["tuned"] |= {"configurations": 3, "runs": 1}
    path.write_text(yaml.safe_dump(params), encoding="utf-8")
    return replace(project, data=data)


def table(project: Project, name: str) -> pd.DataFrame:
    return pd.read_csv(project.root / "studies" / f"{name}.csv")


def test_tuned_runs_its_shared_setting_as_the_main_experiment_does(studied: Project) -> None:
    studied.output("dvc", "repro", "studies/dvc.yaml:tuned")
    rows = table(studied, "results/tuned")
    assert len(rows) == len(BUDGETS) * 2 * 2 * RUNS
    assert not rows.duplicated(["budget", "method", "setting", "run"]).any()
    main = pd.read_csv(studied.root / "models/classify/baseline/budget-20/results.csv")
    is_shared = (rows["budget"] == 20) & (rows["setting"] == "shared")
    vanilla = [of[of["method"] == "vanilla"] for of in (main, rows[is_shared])]
    assert list(vanilla[0]["test_accuracy"]) == list(vanilla[1]["test_accuracy"])


@pytest.mark.slow
def test_studies_use_what_there_is_and_leave_the_main_pipeline_alone(studied: Project) -> None:
    studied.output("dvc", "repro", f"studies/dvc.yaml:travel@{OTHER}")
    studied.output("python", "-m", "studies.summary")  # of what there is
    assert set(table(studied, "plots/claims")["task"]) == {OTHER}
    studied.output("dvc", "repro", "studies/dvc.yaml:summary")
    # The cell that is trained again gives what the main experiment has.
    home = table(studied, "results/travel-home")
    again = home[(home["R"] == 3) & (home["K"] == 1)]
    main = pd.read_csv(studied.root / "models/classify/grid/R3-K1/results.csv")
    main = main[main["budget"] == min(BUDGETS)]
    assert list(again["test_accuracy"]) == list(main["test_accuracy"])
    # Of all the text, and of its own number of epochs, there are the main experiment's results.
    main = pd.read_csv(studied.root / "models/classify/budget-20/results.csv")
    of_main = list(main[main["method"] == "word2vec"]["test_accuracy"])
    for name, whole in (("epochs", {"K": 1, "epochs": SGNS_EPOCHS}), ("text", {"part": 1})):
        runs = table(studied, f"results/{name}")
        for column, value in whole.items():
            runs = runs[runs[column] == value]
        assert list(runs[runs["method"] == "word2vec"]["test_accuracy"]) == of_main, name
    columns = ["method", "R", "K", "n_labels", "run", "test_accuracy", "test_macro_f1"]
    home = home[home["vectors"] != "in-domain"][columns].sort_values(columns)
    travel = table(studied, f"results/travel/{OTHER}")[columns].sort_values(columns)
    pd.testing.assert_frame_equal(travel.reset_index(drop=True), home.reset_index(drop=True))
    assert set(table(studied, "plots/claims")["task"]) == {DOWNSTREAM_NAME, OTHER}

    plots = files_below(studied.root / "studies/plots")
    studied.output("python", "-m", "studies.summary")
    assert files_below(studied.root / "studies/plots") == plots
    assert stages_run(studied.output("dvc", "repro", "studies/dvc.yaml:summary")) == []
    assert stages_run(studied.output("dvc", "repro")) == []


def test_a_task_whose_rows_changed_is_named(studied: Project) -> None:
    studied.output("dvc", "repro", f"studies/dvc.yaml:data@{OTHER}")
    assert studied.output("python", "-m", "studies.data", "stale").split() == []
    test = studied.data / OTHER / "test.csv"
    test.write_text("\n".join(test.read_text("utf-8").split("\n")[:-2]) + "\n", "utf-8")
    assert studied.output("python", "-m", "studies.data", "stale").split() == [OTHER]
    test.write_text("label,text\na label that train does not have,text\n", "utf-8")
    done = studied.run("python", "-m", "studies.data", "stale")  # nobody can tell
    assert (done.returncode, done.stdout) == (1, "")
