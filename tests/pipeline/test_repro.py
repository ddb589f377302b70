"""``dvc repro``: what it makes, that it makes it once, and that it makes it the same again."""

import json
import re
import shutil
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from stages.core.atomic import OWN_SHA256
from tests.pipeline.corpus import (
    DOWNSTREAM_NAME,
    LABELLED_TRAIN_ROWS,
    PRETRAIN_NAME,
    TOPICS,
    write_corpus,
)
from tests.pipeline.project import Project, new_project, stages_run
from tests.support import REPOSITORY, files_below


def test_git_keeps_what_a_clone_needs_and_dvc_keeps_the_rest(finished_project: Project) -> None:
    tracked = finished_project.output("git", "ls-files", "data", "models", "plots").split()
    kept = {path for path in tracked if not path.endswith("/.gitignore")}
    plots = {f"plots/{path}" for path in files_below(finished_project.root / "plots")}
    assert kept == plots | {"data/raw/manifest.json"}
    assert finished_project.changed_files() == []


def test_second_repro_runs_nothing(project: Project) -> None:
    output = project.output("dvc", "repro")
    assert stages_run(output) == []
    assert "Data and pipelines are up to date." in output
    assert project.output("dvc", "status", "--json").strip() == "{}"
    assert project.changed_files() == []


def test_plots_has_exactly_the_files_of_the_committed_report(finished_project: Project) -> None:
    found, expected = (
        {re.sub(r"\d+", "N", path.name) for path in (root / "plots").iterdir()}
        for root in (finished_project.root, REPOSITORY)
    )
    assert found == expected


def test_something_was_learned_of_the_data_that_are_named(finished_project: Project) -> None:
    metrics = json.loads(finished_project.read("plots/metrics.json"))
    assert metrics["word2vec_test_accuracy"]["40"] > 2 / len(TOPICS)
    assert metrics["gain_over_vanilla_points"]["40"] > 0
    found = json.loads(finished_project.read("plots/data.json"))["raw"]
    manifest = json.loads(finished_project.read("data/raw/manifest.json"))
    assert found == {key: manifest[key] for key in manifest if key != OWN_SHA256}
    assert found["title"] == f"tiny-text to tiny-labels ({LABELLED_TRAIN_ROWS} rows)"


def test_results_do_not_say_when_where_or_by_whom(finished_project: Project) -> None:
    paths = [finished_project.root / "dvc.lock", finished_project.root / "data/raw/manifest.json"]
    paths += sorted((finished_project.root / "plots").iterdir())
    names = (socket.gethostname(), finished_project.environment()["LOGNAME"])
    traces = [re.escape(str(finished_project.root.parent))]
    traces += [rf"\b{re.escape(name)}\b" for name in names]
    times = [r"\d{4}-\d\d-\d\d", r"\d\d:\d\d"]
    for path in paths:
        if path.suffix != ".png":
            drawn = path.suffix in {".html", ".svg"}  # has digits of every kind
            pattern = "|".join(traces if drawn else traces + times)
            assert re.findall(pattern, path.read_text("utf-8")) == [], path.name


def prepare(project: Project) -> "subprocess.CompletedProcess[str]":
    """Run what `make repro` runs before `dvc repro`, as make does: up to the first that fails."""
    recipe = (REPOSITORY / "Makefile").read_text(encoding="utf-8").split("\nrepro:")[1]
    recipe = recipe.replace("$(cluster)", "").replace(" $(if $(DASK),--pull)", "")
    recipe = recipe.replace("$$", "$")
    *before, run, record = [
        line.strip() for line in recipe.split("\n\n")[0].splitlines()[1:] if "@#" not in line
    ]
    assert (run, record) == ("dvc repro", "python -m tools.environment")
    (project.root / "tools").symlink_to(REPOSITORY / "tools")
    done = project.run("bash", "-c", " && ".join(f"{{ {command}; }}" for command in before))
    (project.root / "tools").unlink()
    return done


def test_make_repro_fetches_other_data_in_a_fresh_clone(
    finished_project: Project, tmp_path: Path
) -> None:
    clone = replace(finished_project.clone(tmp_path / "clone"), data=tmp_path / "corpus")
    write_corpus(clone.data, seed=1)
    assert prepare(clone).returncode == 0
    assert (clone.root / "data/raw/pretrain/train.parquet").exists()
    assert clone.read("data/raw/manifest.json") != finished_project.read("data/raw/manifest.json")


def test_make_repro_leaves_what_is_there_where_other_data_are_refused(
    project: Project, tmp_path: Path
) -> None:
    before = files_below(project.root / "data")
    project = replace(project, data=tmp_path / "corpus")
    write_corpus(project.data, seed=1)
    with (project.data / DOWNSTREAM_NAME / "test.csv").open("a", encoding="utf-8") as file:
        file.write("nowhere,a label that train does not have\n")
    done = prepare(project)
    assert done.returncode != 0
    assert "unknown label 'nowhere'" in done.stderr
    assert stages_run(done.stdout) == []
    assert files_below(project.root / "data") == before


@pytest.mark.parametrize(
    ("command", "run_before"), [("make repro", True), ("dvc repro", True), ("dvc repro", False)]
)
def test_data_of_the_users_where_a_stage_writes_are_kept(
    command: str, run_before: bool, tmp_path: Path
) -> None:
    """Also where `check` is up to date, so that DVC does not run it."""
    project = new_project(tmp_path)
    names = {"data.pretrain.name": "pretrain", "data.downstream.name": "downstream"}
    project.set_params(names)
    for name, own in zip(names.values(), (PRETRAIN_NAME, DOWNSTREAM_NAME), strict=True):
        (project.data / own).rename(project.data / name)
    if run_before:
        project.output("dvc", "repro", "tokenize")
    shutil.rmtree(project.root / "data/raw", ignore_errors=True)
    shutil.copytree(project.data, project.root / "data/raw")
    before = files_below(project.root / "data/raw")
    project = replace(project, data=project.root / "data/raw")
    done = prepare(project) if command == "make repro" else project.run("dvc", "repro", "tokenize")
    assert done.returncode != 0
    assert "neither may lie in the other" in done.stderr
    assert files_below(project.root / "data/raw") == before
