"""``python -m stages.download``: what it writes, and what it leaves alone when it fails."""

import errno
import json
import sys
from pathlib import Path

import pytest

from stages import artifacts
from stages.artifacts import LabelledRow
from stages.download import __main__ as stage
from stages.download.sources import choose_source, load
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
        stage.main()
    return exit_.value.code


def test_files_are_these_and_no_others(root: Path) -> None:
    done = run_python(HERE, "-m", "stages.download", W2V_DATA_DIR=str(root))
    assert (done.returncode, done.stderr) == (0, "")
    assert set(files_below(HERE / "data")) == {
        "raw/manifest.json",
        *(f"raw/pretrain/{split}.txt" for split in ("train", "valid", "test")),
        *(f"raw/downstream/{split}.csv" for split in ("train", "test")),
        "raw/downstream/classes.json",
    }


def test_it_says_which_source_it_took(root: Path) -> None:
    done = run_python(HERE, "-m", "stages.download", W2V_DATA_DIR=str(root))
    assert done.stdout == (
        "download: the local folder in W2V_DATA_DIR (data.source is local)\n"
        "download: my-text to my-labels (20 rows)\n"
    )


def test_rows_come_out_as_they_went_in(root: Path) -> None:
    run_stage()
    raw = files_below(artifacts.RAW)
    for split in ("train", "valid", "test"):
        assert raw[f"pretrain/{split}.txt"] == (root / PRETRAIN / f"{split}.txt").read_bytes()
    source = (root / DOWNSTREAM / "train.csv").read_text().splitlines()[1:]
    assert artifacts.read_raw_labelled("train") == [
        LabelledRow(int(line[0]), line[2:], i) for i, line in enumerate(source)
    ]


def test_two_runs_are_byte_identical(root: Path) -> None:
    found = []
    for seed in ("1", "2"):
        run_python(HERE, "-m", "stages.download", W2V_DATA_DIR=str(root), PYTHONHASHSEED=seed)
        found.append(files_below(artifacts.RAW))
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
    manifest = json.loads(artifacts.MANIFEST.read_text())
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


@pytest.mark.usefixtures("root")
def test_manifest_has_the_hash_of_each_text_file() -> None:
    run_stage()
    splits = json.loads(artifacts.MANIFEST.read_text())["pretrain"]["splits"]
    assert {split: about["sha256"] for split, about in splits.items()} == {
        split: artifacts.sha256((artifacts.RAW / "pretrain" / f"{split}.txt").read_bytes())
        for split in ("train", "valid", "test")
    }


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("writer", ["write_raw_text", "write_raw_labelled"])
def test_full_disk_leaves_the_old_tables_whole(
    writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifacts.write_text(artifacts.RAW / "pretrain" / "train.txt", "old\n")
    artifacts.write_text(artifacts.RAW / "downstream" / "train.csv", "old\n")
    artifacts.write_json(artifacts.MANIFEST, {"title": "old"})
    old = files_below(HERE / "data")

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(artifacts, writer, no_space)
    with pytest.raises(OSError, match="No space"):
        run_stage()
    assert files_below(HERE / "data") == old


@pytest.mark.usefixtures("root")
def test_old_manifest_never_stands_beside_new_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    run_stage()

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(artifacts, "write_json", no_space)
    monkeypatch.setattr(artifacts, "write_classes", lambda *_: None)
    with pytest.raises(OSError, match="No space"):
        run_stage()
    assert not artifacts.MANIFEST.exists()


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
    artifacts.write_json(artifacts.MANIFEST, {"source": "hub"})
    assert exit_status(monkeypatch, "current") == 0


def test_a_local_folder_takes_the_place_of_the_hub(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_params(HERE, {**LOCAL, "data.source": "auto"})
    artifacts.write_json(artifacts.MANIFEST, {"source": "hub"})
    assert root.is_dir() and exit_status(monkeypatch, "current") == 3


@pytest.mark.usefixtures("root")
def test_unknown_argument_is_one_sentence() -> None:
    sentence = only_sentence(run_python(HERE, "-m", "stages.download", "currant"), "download")
    assert sentence == "download: unknown argument 'currant'; the only one is: current"
