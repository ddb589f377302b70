"""``make own``: what is chosen for whose files, what is refused, and a run to the report."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pandas as pd
import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from stages.core.console import StageError
from tests.download.corpus import write_files
from tests.pipeline.corpus import DOWNSTREAM_NAME, PRETRAIN_NAME, write_corpus
from tests.pipeline.project import new_project
from tests.support import REPOSITORY, WORDS, write_params
from tools.own import (
    LEAST_ROWS,
    Choices,
    choose,
    choose_labels,
    choose_training,
    sign_experiments,
    written,
)

TOPICS = ("garten", "hafen", "küche", "werkstatt")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where there is a params.yaml, with a data folder of the user's that is none of ours."""
    write_params(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("W2V_DATA_DIR", "elsewhere")


def notes(rows: int = 400) -> list[dict[str, Any]]:
    random = Random(0)
    return [
        {"nr": str(i), "thema": TOPICS[i % 4], "notiz": " ".join(random.choices(WORDS, k=20))}
        for i in range(rows)
    ]


def write_table(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(path, index=False)
    return path.parent


def renamed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"label": row["thema"], "text": row["notiz"]} for row in rows]


def chosen(folder: Path, *given: str) -> dict[str, Any]:
    return choose(folder, given).chosen


def test_a_table_alone_is_text_and_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = chosen(write_table(tmp_path / "notizen/alles.csv", notes()))
    said = capsys.readouterr().out
    assert os.environ["W2V_DATA_DIR"] == str(tmp_path.resolve())
    assert found["data.source"] == "local"
    assert found["data.pretrain.name"] == found["data.downstream.name"] == "notizen"
    assert (found["data.downstream.label"], found["data.downstream.text"]) == ("thema", "notiz")
    rows = int(re.findall(r"of (\d+) labelled rows", said)[0])  # a fifth is held out as a test
    assert 280 < rows < 360
    assert found["data.validation"] == rows // 10
    assert found["classify.budgets"] == [100, rows - rows // 10]
    assert found["sgns.epochs"] == 40
    # Each is said in a line of its own, a guess with the way to another.
    for key, value in found.items():
        assert re.search(rf"(?m)^own: {key} = {re.escape(written(value))} \(.+\)$", said), key
    assert "guessed: 4 values in 400 rows; else: -S data.downstream.label=COLUMN" in said


def test_two_folders_are_text_and_labels(tmp_path: Path) -> None:
    write_corpus(tmp_path / "mine")
    found = chosen(tmp_path / "mine")
    assert os.environ["W2V_DATA_DIR"] == str((tmp_path / "mine").resolve())
    assert found["data.pretrain.name"] == PRETRAIN_NAME
    assert found["data.downstream.name"] == DOWNSTREAM_NAME
    assert found["data.pretrain.text"] == found["data.downstream.text"] == "text"
    assert found["data.validation"] == 32  # its test split is a file, so all 320 are to train on
    assert found["classify.budgets"] == found["ablation.budgets"] == [100, 288]


def test_text_may_be_a_table_too(tmp_path: Path) -> None:
    write_table(
        tmp_path / "mine/posts/train.csv", [{"id": r["nr"], "body": r["notiz"]} for r in notes()]
    )
    write_table(tmp_path / "mine/labels/train.csv", renamed(notes()))
    found = chosen(tmp_path / "mine")
    assert (found["data.pretrain.name"], found["data.downstream.name"]) == ("posts", "labels")
    assert found["data.pretrain.text"] == "body"


def test_what_the_user_gives_is_not_chosen(tmp_path: Path) -> None:
    rows = [{**row, "titel": "T", "farbe": ("rot", "blau")[i % 2]} for i, row in enumerate(notes())]
    folder = write_table(tmp_path / "notizen/alles.csv", rows)
    given = {
        "data.downstream.label": "farbe",
        "data.downstream.text": "[titel, notiz]",
        "classify.budgets": "[20,40,60]",
        "data.validation": "50",
    }
    choices = choose(folder, [f"{key}={value}" for key, value in given.items()])
    assert not set(given) & set(choices.chosen)
    assert choices.chosen["ablation.budgets"] == [20, 40]
    assert choices.data().downstream.label == "farbe"
    assert choices.data().downstream.text_columns == ["titel", "notiz"]


NOTES = notes()
TWO = [{**row, "farbe": ("rot", "blau")[i % 2]} for i, row in enumerate(NOTES)]
HEADLESS = [dict(zip(NOTES[0].values(), row.values(), strict=True)) for row in NOTES[1:]]
NONE = [{"nr": row["nr"], "notiz": row["notiz"] + row["nr"]} for row in NOTES]


@pytest.mark.parametrize(
    ("file", "rows", "given", "sentence"),
    [
        (
            "two/a.csv",
            TWO,
            [],
            "2 have from 2 to 40 different values.* nr, thema, notiz, farbe.*"
            'SET="-S data.downstream.label=COLUMN"',
        ),
        ("none/a.csv", NONE, [], "0 have from 2 to 40"),
        ("headless/a.csv", HEADLESS, [], "looks like a row; put the names"),
        # A fifth is held out.
        ("few/a.csv", notes(LEAST_ROWS), [], "labelled rows to train on are too few"),
        ("meine notizen/a.csv", NOTES, [], "rename the folder 'meine notizen'"),
        ("plots/a.csv", NOTES, [], "neither may lie in the other"),
        ("good/a.csv", NOTES, ["sgns.epochs"], "KEY=VALUE"),
        ("good/a.csv", NOTES, ["sgns.epoch=2"], "did you mean sgns.epochs"),
        ("good/a.csv", NOTES, ["seed.of=2"], "seed is"),
    ],
)
def test_what_cannot_work_is_refused(
    file: str, rows: list[dict[str, Any]], given: list[str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(StageError, match=sentence):
        choose(write_table(tmp_path / file, rows), given)


def test_somebody_signs_an_experiment_where_git_knows_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gitconfig").write_text("[user]\nname = me\n", encoding="utf-8")
    with mock.patch.dict(os.environ, {"HOME": str(tmp_path), "GIT_AUTHOR_EMAIL": "my@own"}):
        sign_experiments()
        signed = {name for name, value in os.environ.items() if value == "nobody@localhost"}
        assert signed == {"GIT_COMMITTER_EMAIL"} and os.environ["GIT_AUTHOR_EMAIL"] == "my@own"


def test_folders_that_cannot_be_told_are_listed(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="there is no folder"):
        choose(tmp_path / "missing", [])
    write_files(tmp_path / "numbers", {"a.jsonl": '{"label": 1, "n": 2}\n' * 100})
    with pytest.raises(StageError, match="none has text"):
        choose(tmp_path / "numbers", [])
    for name in ("a", "b"):
        write_table(tmp_path / f"both/{name}/train.csv", renamed(NOTES))
    with pytest.raises(StageError, match="a: label, text; b: label, text"):
        choose(tmp_path / "both", [])


@pytest.mark.parametrize(
    ("rows", "budgets", "runs"),
    [
        (LEAST_ROWS, [15, 30], 6),
        (61_055, [100, 500, 1000, 5000, 25000, 58055], 3),
    ],
)
def test_budgets_by_the_labelled_rows(rows: int, budgets: list[int], runs: int) -> None:
    choices = Choices({})
    choose_labels(rows, choices)
    assert choices.chosen["classify.budgets"] == budgets
    assert choices.chosen["classify.runs"] == runs


@pytest.mark.parametrize(
    ("tokens", "epochs", "batch", "min_count"),
    [
        (0, 40, 128, 2),
        (2_051_910, 8, 20480, 3),
    ],
)
def test_training_by_the_text(tokens: int, epochs: int, batch: int, min_count: int) -> None:
    choices = Choices({})
    choose_training(tokens, choices)
    found = [choices.chosen[key] for key in ("sgns.epochs", "sgns.batch", "tokenize.min_count")]
    assert found == [epochs, batch, min_count]


@pytest.mark.parametrize("value", ["notizen", "nan", "1e3", "true", "mein Text", "küche", 3, [1]])
def test_values_reach_params_as_they_are(value: object) -> None:
    parser = OverridesParser.create()  # DVC's own way to read -S
    assert parser.parse_override(f"key={written(value)}").value() == value


def test_make_asks_for_the_folder(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    command = ["make", "--old-file", ".venv/.requirements", "own"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("name the folder with your files: make own DATA=FOLDER")


@pytest.mark.slow
def test_the_worked_example_of_the_readme_leads_to_a_report(tmp_path: Path) -> None:
    project = new_project(tmp_path / "here")
    shutil.copytree(REPOSITORY / "tools", project.root / "tools")
    shutil.copy(REPOSITORY / "Makefile", project.root)
    project.commit("With make")
    [command] = re.findall(r"(?m)^make own DATA=\S+", (REPOSITORY / "README.md").read_text("utf-8"))
    folder = project.root / command.partition("=")[2]
    write_table(folder / "notes.csv", notes())
    make, own, data = command.split()
    less = "-S classify.runs=2 -S sgns.models=2 -S sgns.epochs=2 -S ablation.cells=[R2-K1]"
    run = (make, "--old-file", ".venv/.requirements", own, data, f"SET={less}")
    said = project.output(*run)
    assert "own: open " in said
    page = project.read("plots/report.html")
    assert folder.name in page
    params = yaml.safe_load(project.read("params.yaml"))
    assert params["sgns"]["epochs"] == 2
    assert params["data"]["downstream"]["label"] == "thema"

    project.commit("With results")

    # DVC does not see the files: others are read anew, the same are not.
    assert "Running stage" not in project.output(*run)
    write_table(folder / "notes.csv", notes(300))
    assert "Running stage 'download'" in project.output(*run)
    splits = json.loads(project.read("data/raw/manifest.json"))["downstream"]["splits"]
    assert sum(split["rows"] for split in splits.values()) == 300

    # What is said to lead back does.
    project.output("sh", "-c", re.findall(r"last commit: (.+)", said)[0])
    assert project.changed_files() == [f"{folder.name}/notes.csv"]


def test_subwords_are_taken_where_there_are_no_spaces(tmp_path: Path) -> None:
    rows = [{**row, "notiz": row["notiz"].replace(" ", "").replace("a", "猫")} for row in notes()]
    found = chosen(write_table(tmp_path / "notizen/alles.csv", rows))
    assert found["tokenize.kind"] == "subwords"
    assert 500 < found["tokenize.pieces"] < 1000  # of some 40,000 characters
    assert "tokenize.kind" not in chosen(write_table(tmp_path / "mit/alles.csv", notes()))
    chinese = [{**row, "notiz": "我去学校。很好"} for row in notes()]
    assert chosen(write_table(tmp_path / "zh/alles.csv", chinese))["tokenize.kind"] == "subwords"
