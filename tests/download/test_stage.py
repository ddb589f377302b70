"""``python -m stages.download``: what it writes, and what it leaves alone when it fails."""

import errno
import json
import sys
from pathlib import Path

import pytest

from stages.console import StageError
from stages.download import __main__ as program
from stages.download import local, stage
from stages.download.sources import choose_source, load
from stages.files.atomic import sha256, write_json, write_text
from stages.files.raw import (
    MANIFEST,
    RAW,
    LabelledRow,
    read_raw_labelled,
    write_manifest,
)
from stages.files.sealed import SEAL
from tests.download.corpus import DOWNSTREAM, LOCAL, OWN_NAMES, PRETRAIN, write_corpus
from tests.support import files_below, make_params, only_sentence, run_python, write_params

HERE = Path()
PARAMS = make_params(LOCAL).data


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local folder of made-up data that W2V_DATA_DIR points at."""
    folder = write_corpus(tmp_path / "corpus")
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


def test_files_are_these_and_no_others(root: Path) -> None:
    done = run_python(HERE, "-m", "stages.download", W2V_DATA_DIR=str(root))
    assert (done.returncode, done.stderr) == (0, "")
    assert set(files_below(HERE / "data")) == {
        "raw/manifest.json",
        *(f"raw/pretrain/{split}.txt" for split in ("train", "validation", "test")),
        *(f"raw/downstream/{split}.csv" for split in ("train", "test")),
        "raw/downstream/classes.json",
        *(f"raw/{part}/{SEAL}" for part in ("pretrain", "downstream")),
    }


def test_it_says_which_source_it_took(root: Path) -> None:
    done = run_python(HERE, "-m", "stages.download", W2V_DATA_DIR=str(root))
    assert done.stdout == (
        "download: the local folder in W2V_DATA_DIR (data.source is local)\n"
        "download: my-text to my-labels (20 rows)\n"
    )


def test_rows_come_out_as_they_went_in(root: Path) -> None:
    run_stage()
    raw = files_below(RAW)
    for split, given in {"train": "train", "validation": "valid", "test": "test"}.items():
        assert raw[f"pretrain/{split}.txt"] == (root / PRETRAIN / f"{given}.txt").read_bytes()
    source = (root / DOWNSTREAM / "train.csv").read_text().splitlines()[1:]
    assert read_raw_labelled("train") == [
        LabelledRow(int(line[0]), line[2:], i) for i, line in enumerate(source)
    ]


def test_two_runs_are_byte_identical(root: Path) -> None:
    found = []
    for seed in ("1", "2"):
        run_python(HERE, "-m", "stages.download", W2V_DATA_DIR=str(root), PYTHONHASHSEED=seed)
        found.append(files_below(RAW))
    assert found[0] == found[1] != {}


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
    with (root / DOWNSTREAM / "test.csv").open("a") as file:
        file.write("7,a label that train does not have\n")
    done = run_python(HERE, "-m", "stages.download", W2V_DATA_DIR=str(root))
    assert "test.csv, line 10: unknown label '7'" in only_sentence(done, "download")
    assert files_below(HERE / "data") == old


@pytest.mark.parametrize("name", [f"{PRETRAIN}/valid.txt", f"{DOWNSTREAM}/train.csv"])
def test_data_that_change_while_they_are_read_leave_the_old_tables_whole(
    root: Path, name: str
) -> None:
    run_stage()
    old = files_below(HERE / "data")
    data = load(PARAMS, choose_source(PARAMS))
    with (root / name).open("a") as file:
        file.write("1,one more row\n")
    with pytest.raises(StageError, match=r"^my-\w+ \w+ changed while it was read; run it again"):
        stage.write(data, PARAMS)
    assert files_below(HERE / "data") == old


@pytest.mark.usefixtures("root")
def test_of_a_large_file_it_is_shown_how_far_one_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_stage()
    old = files_below(RAW)
    monkeypatch.setattr(local, "LARGE", 1000)
    monkeypatch.setattr(local, "REPORTED", 500)
    run_stage()
    shown = capsys.readouterr().err
    assert "read train.txt: 100%" in shown and "read valid.txt" not in shown
    assert files_below(RAW) == old


@pytest.mark.usefixtures("root")
def test_manifest_has_the_hash_of_each_text_file() -> None:
    run_stage()
    splits = json.loads(MANIFEST.read_text())["pretrain"]["splits"]
    assert {split: about["sha256"] for split, about in splits.items()} == {
        split: sha256((RAW / "pretrain" / f"{split}.txt").read_bytes())
        for split in ("train", "validation", "test")
    }


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("writer", ["write_raw_text", "write_raw_labelled"])
def test_full_disk_leaves_the_old_tables_whole(
    writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(RAW / "pretrain" / "train.txt", "old\n")
    write_text(RAW / "downstream" / "train.csv", "old\n")
    write_json(MANIFEST, {"title": "old"})
    old = files_below(HERE / "data")

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stage, writer, no_space)
    with pytest.raises(OSError, match="No space"):
        run_stage()
    assert files_below(HERE / "data") == old


@pytest.mark.usefixtures("root")
def test_old_manifest_never_stands_beside_new_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    run_stage()

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stage, "write_manifest", no_space)
    monkeypatch.setattr(stage, "write_classes", lambda *_: None)
    with pytest.raises(OSError, match="No space"):
        run_stage()
    assert not MANIFEST.exists()


@pytest.mark.usefixtures("root")
def test_current_before_any_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_status(monkeypatch, "current") == 3


@pytest.mark.usefixtures("root")
def test_current_after_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run_stage()
    assert exit_status(monkeypatch, "current") == 0


def test_not_current_after_a_changed_row(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_stage()
    with (root / PRETRAIN / "valid.txt").open("a") as file:
        file.write("one more row\n")
    assert exit_status(monkeypatch, "current") == 3


@pytest.mark.usefixtures("root")
def test_not_current_after_a_change_of_source(monkeypatch: pytest.MonkeyPatch) -> None:
    run_stage()
    write_params(HERE, {**LOCAL, "data.source": "bundled"})
    assert exit_status(monkeypatch, "current") == 3


def test_rows_of_the_hub_stay_current_while_it_is_out_of_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_params(HERE, {"data.source": "auto"})
    write_manifest({"title": "the Hub's", "source": "hub"})
    assert exit_status(monkeypatch, "current") == 0


def test_a_local_folder_takes_the_place_of_the_hub(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_params(HERE, {**LOCAL, "data.source": "auto"})
    write_manifest({"title": "the Hub's", "source": "hub"})
    assert root.is_dir() and exit_status(monkeypatch, "current") == 3


@pytest.mark.usefixtures("root")
def test_unknown_argument_is_refused() -> None:
    done = run_python(HERE, "-m", "stages.download", "currant")
    assert done.returncode == 2
    assert "invalid choice: 'currant' (choose from " in done.stderr.splitlines()[-1]
