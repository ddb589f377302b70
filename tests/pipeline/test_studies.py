"""Experiments beyond the main one: a pipeline of their own, on top of what the main one left."""

import csv
import shutil

import pytest
import yaml

from tests.pipeline.project import BUDGETS, RUNS, Project, stages_run
from tests.support import REPOSITORY


@pytest.fixture
def studied(project: Project) -> Project:
    """The finished project with short studies, run."""
    shutil.copytree(
        REPOSITORY / "studies",
        project.root / "studies",
        ignore=shutil.ignore_patterns("__pycache__", "results", "dvc.lock"),
    )
    path = project.root / "studies/params.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8"))
    params["tuned"] |= {"configurations": 3, "runs": 1}
    path.write_text(yaml.safe_dump(params), encoding="utf-8")
    project.output("dvc", "repro", "studies/dvc.yaml")
    return project


def test_studies_run_once_and_leave_the_main_pipeline_alone(studied: Project) -> None:
    with (studied.root / "studies/results/tuned.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    arms = {(row["budget"], row["method"], row["setting"], row["run"]) for row in rows}
    assert len(arms) == len(rows) == len(BUDGETS) * 2 * 2 * RUNS
    # The shared setting is that of the main experiment, run for run.
    main = studied.read("models/classify/baseline/budget-20/results.csv").splitlines()
    accuracy = main[0].split(",").index("test_accuracy")
    vanilla = [line.split(",")[accuracy] for line in main if ",vanilla," in line]
    key = {"budget": "20", "method": "vanilla", "setting": "shared"}
    assert [r["test_accuracy"] for r in rows if key.items() <= r.items()] == vanilla

    assert stages_run(studied.output("dvc", "repro", "studies/dvc.yaml")) == []
    assert stages_run(studied.output("dvc", "repro")) == []
