"""``python -m stages.download``: what it writes, and what it leaves alone when it fails."""

import json
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml

from stages.core.console import StageError
from stages.download import __main__ as program
from stages.download import hub, local, stage
from stages.download.sources import choose_source, load
from stages.texts.place import OUTPUTS
from stages.texts.raw import MANIFEST, RAW, write_manifest
from tests.download.corpus import OWN_NAMES
from tests.pipeline.corpus import DOWNSTREAM_NAME, PRETRAIN_NAME, write_corpus
from tests.support import (
    REPOSITORY,
    files_below,
    make_params,
    only_sentence,
    run_python,
    write_params,
)

HERE = Path()
LOCAL = {"data.source": "local", **OWN_NAMES}
PARAMS = make_params(LOCAL).data


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local folder of made-up data that W2V_DATA_DIR points at."""
    folder = tmp_path / "corpus"
    write_corpus(folder)
    monkeypatch.setenv("W2V_DATA_DIR", str(folder))
    write_params(HERE, LOCAL)
    return folder


def run_stage() -> None:
    stage.write(load(PARAMS, choose_source(PARAMS)), PARAMS)


def exit_status(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["download", *arguments])
    with pytest.raises(SystemExit) as exit_:
        program.main()
    return exit_.value.code


def test_auto_without_the_hub_falls_to_the_bundled_corpus_and_says_so(
    closed_endpoint: str,
) -> None:
    write_params(HERE, {**OWN_NAMES, "data.source": "auto"})
    done = run_python(HERE, "-m", "stages.download", HF_ENDPOINT=closed_endpoint)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith("download: the bundled BBC News corpus (W2V_DATA_DIR is not set and")
    assert "refused" in first
    assert second == "download: BBC News, bundled (7,587 paragraphs)"
    manifest = json.loads(MANIFEST.read_text())
    assert (manifest["source"], manifest["pretrain"]["name"]) == ("bundled", "bbc-news")
    assert manifest["downstream"]["revision"] is None


def test_refused_data_leave_the_old_tables_whole(root: Path) -> None:
    run_stage()
    old = files_below(HERE / "data")
    with (root / DOWNSTREAM_NAME / "test.csv").open("a") as file:
        file.write("7,a label that train does not have\n")
    done = run_python(HERE, "-m", "stages.download", W2V_DATA_DIR=str(root))
    assert "test.csv, line 122: unknown label '7'" in only_sentence(done, "download")
    assert files_below(HERE / "data") == old


@pytest.mark.parametrize("name", [f"{PRETRAIN_NAME}/valid.txt", f"{DOWNSTREAM_NAME}/train.csv"])
def test_data_that_change_while_they_are_read_leave_the_old_tables_whole(
    root: Path, name: str
) -> None:
    run_stage()
    old = files_below(HERE / "data")
    data = load(PARAMS, choose_source(PARAMS))
    with (root / name).open("a") as file:
        file.write("garden,one more row\n")
    with pytest.raises(StageError, match=r"^tiny-\w+ \w+ changed while it was read; run it again"):
        stage.write(data, PARAMS)
    assert files_below(HERE / "data") == old


@pytest.mark.usefixtures("root")
def test_of_a_large_file_it_is_shown_how_far_one_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_stage()
    old = files_below(RAW)
    monkeypatch.setattr(local, "LARGE", 20_000)
    monkeypatch.setattr(local, "REPORTED", 500)
    run_stage()
    shown = capsys.readouterr().err
    assert "read train.txt: 100%" in shown and "read valid.txt" not in shown
    assert files_below(RAW) == old


@pytest.mark.usefixtures("root")
def test_old_manifest_never_stands_beside_new_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    run_stage()
    monkeypatch.setattr(stage, "write_manifest", Mock(side_effect=OSError("No space")))
    monkeypatch.setattr(stage, "write_classes", lambda *_: None)
    with pytest.raises(OSError, match="No space"):
        run_stage()
    assert not MANIFEST.exists()


def test_current_until_a_row_or_the_source_changes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_stage()
    assert exit_status(monkeypatch, "current") == 0
    write_params(HERE, {**LOCAL, "data.source": "bundled"})
    assert exit_status(monkeypatch, "current") == 3
    write_params(HERE, LOCAL)
    assert exit_status(monkeypatch, "current") == 0
    with (root / PRETRAIN_NAME / "valid.txt").open("a") as file:
        file.write("one more row\n")
    assert exit_status(monkeypatch, "current") == 3


@pytest.mark.parametrize(
    ("source", "recorded", "status"),
    [("auto", "hub", 0), ("hub", "hub", 0), ("auto", "local", 3), ("hub", "bundled", 3)],
)
def test_the_hub_is_not_asked_where_the_manifest_tells(
    source: str, recorded: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "hub_problem", Mock(side_effect=StageError))
    write_params(HERE, {"data.source": source})
    write_manifest({"title": "what was there", "source": recorded})
    assert exit_status(monkeypatch, "current") == status


# The folder in W2V_DATA_DIR, and the names of the data sets.
OVERLAPS = [
    ("data/raw", "pretrain", "downstream"),  # equal
    (".", "data", "tiny-labels"),  # above
    ("data", "tiny-text", "tokens"),
    ("models/sgns", "tiny-text", "tiny-labels"),  # in
    ("linked", "pretrain", "tiny-labels"),  # by a link
]


@pytest.mark.parametrize(("folder", "text", "labels"), OVERLAPS)
@pytest.mark.parametrize("name", ["check", "download"])
def test_data_where_a_stage_writes_are_refused_and_left(
    name: str, folder: str, text: str, labels: str
) -> None:
    corpus = HERE / folder if folder != "linked" else RAW
    write_corpus(corpus)
    (HERE / "linked").symlink_to(RAW)
    for old, new in ((PRETRAIN_NAME, text), (DOWNSTREAM_NAME, labels)):
        (corpus / old).rename(corpus / new)
    names = {"data.pretrain.name": text, "data.downstream.name": labels}
    write_params(HERE, {**LOCAL, **names})
    before = files_below(HERE)
    done = run_python(HERE, "-m", f"stages.{name}", W2V_DATA_DIR=folder)
    assert "neither may lie in the other" in only_sentence(done, name)
    assert files_below(HERE) == before


@pytest.mark.parametrize("source", ["hub", "bundled"])
def test_a_folder_that_is_not_read_may_be_anywhere(source: str) -> None:
    write_params(HERE, {"data.source": source, "data.pretrain.name": "pretrain"})
    done = run_python(HERE, "-m", "stages.check", W2V_DATA_DIR="data/raw")
    assert done.returncode == 0, done.stderr


def test_every_output_of_the_pipeline_is_known_to_the_check() -> None:
    stages = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))["stages"].values()
    outs = [out for stage in stages for out in stage.get("do", stage)["outs"]]
    paths = {Path(next(iter(out)) if isinstance(out, dict) else out) for out in outs}
    paths.remove(Path("data/checked.txt"))  # in none, and no folder
    unknown = {path for path in paths if not any(path.is_relative_to(o) for o in OUTPUTS)}
    assert unknown == set()
