"""The Hub: the real ``datasets`` against a loopback server that holds made-up rows.

Each such load is a child process with a cache of its own, because ``datasets`` reads its
environment once and remembers what it has seen.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.core.console import StageError
from stages.download import hub
from stages.download.sources import labelled_text, plain_text
from stages.download.tables import LabelledText, PretrainText, text_tally
from tests.download.corpus import OWN_NAMES, write_files
from tests.hub_server import (
    AG_NEWS_LABELS,
    AG_NEWS_REVISION,
    WIKITEXT_REVISION,
    HubRepo,
    HubServer,
    ag_news_repo,
    wikitext_repo,
)
from tests.support import (
    files_below,
    made_up_rows,
    make_params,
    run_python,
    write_params,
)

Done = subprocess.CompletedProcess[str]

# `python -m stages.download` without the hashes of the public rows, which ours are not.
PINS_ASIDE = """
import runpy
from dataclasses import replace
from stages.download import known
known.KNOWN = {name: replace(entry, sha256={}) for name, entry in known.KNOWN.items()}
runpy.run_module("stages.download", run_name="__main__")
"""
ANOTHER_REVISION = "c" * 40


def texts(seed: int) -> dict[str, list[str]]:
    """Rows as WikiText has them: a title, a blank row, text, with spaces and newlines around."""
    return {
        split: [" = A Title = \n", "", *(f" {row} \n" for row in made_up_rows(6, seed + i))]
        for i, split in enumerate(("train", "validation", "test"))
    }


def labelled(seed: int) -> dict[str, list[tuple[int, str]]]:
    """Rows as AG News has them, with what CSV must quote."""
    return {
        split: [(i % 4, f'{row}, "quoted"\\ and #39;s') for i, row in enumerate(rows)]
        for split, rows in {
            "train": made_up_rows(12, seed + 10),
            "test": made_up_rows(8, seed + 11),
        }.items()
    }


def repos(seed: int = 0) -> list[HubRepo]:
    return [wikitext_repo(texts(seed)), ag_news_repo(labelled(seed))]


def project(folder: Path, changes: dict[str, Any] | None = None) -> Path:
    """Make a folder to run the stage in, with the Hub as the source."""
    folder.mkdir(exist_ok=True)
    write_params(folder, {"data.source": "hub", **(changes or {})})
    return folder


def download(
    folder: Path, endpoint: str, cache: Path, *, code: str | None = None, **environment: str
) -> Done:
    """Run the stage, or other code, with ``endpoint`` as the Hub and ``cache`` as HF_HOME."""
    program = ("-m", "stages.download") if code is None else ("-c", code)
    own = {"HF_ENDPOINT": endpoint, "HF_HOME": str(cache), "HF_UPDATE_DOWNLOAD_COUNTS": "0"}
    return run_python(folder, *program, **own, **environment)


def last_sentence(done: Done) -> str:
    """The stage's error, after whatever ``datasets`` itself printed."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("download: ")
    return last


@pytest.fixture(scope="module")
def server() -> Iterator[HubServer]:
    with HubServer(repos()) as running:
        yield running


@pytest.fixture(scope="module")
def loaded(server: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the Hub's rows were downloaded; its cache is in ``cache``."""
    folder = project(tmp_path_factory.mktemp("loaded"))
    done = download(folder, server.endpoint, folder / "cache", code=PINS_ASIDE)
    assert done.returncode == 0, done.stderr
    assert "download: the Hugging Face Hub (data.source is hub)" in done.stdout
    return folder


@pytest.fixture
def warm_cache(loaded: Path, tmp_path: Path) -> Path:
    """A cache that has the pinned revisions of both data sets."""
    return Path(shutil.copytree(loaded / "cache", tmp_path / "cache"))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the same rows were read from a local folder."""
    folder = project(tmp_path_factory.mktemp("local"), {"data.source": "local"})
    root = folder / "root"
    names = {"train": "train", "validation": "valid", "test": "test"}
    rows = {f"{names[split]}.txt": [r.strip() for r in rows] for split, rows in texts(0).items()}
    write_files(root / "wikitext-2", {n: "".join(f"{r}\n" for r in t) for n, t in rows.items()})
    tables = {
        f"{split}.csv": "label,text\n"
        + "".join('{},"{}"\n'.format(label, text.replace('"', '""')) for label, text in rows)
        for split, rows in labelled(0).items()
    }
    write_files(root / "ag_news", tables)
    done = run_python(folder, "-c", PINS_ASIDE, W2V_DATA_DIR=str(root))
    assert done.returncode == 0, done.stderr
    return folder


def test_hub_and_local_folder_give_the_same_bytes(loaded: Path, local: Path) -> None:
    for part in ("pretrain", "downstream"):
        found = files_below(loaded / "data/raw" / part)
        assert found == files_below(local / "data/raw" / part)
        assert len(found) == 4


def test_the_manifest_names_source_revisions_and_classes(loaded: Path) -> None:
    found = json.loads((loaded / "data/raw/manifest.json").read_text())
    assert found["source"] == "hub"
    assert found["pretrain"]["revision"] == WIKITEXT_REVISION
    assert found["downstream"]["revision"] == AG_NEWS_REVISION
    assert found["downstream"]["classes"] == list(AG_NEWS_LABELS)


@pytest.mark.usefixtures("loaded")
def test_every_file_is_asked_for_by_its_pinned_revision(server: HubServer) -> None:
    resolved = [path for path in server.requests if "/resolve/" in path]
    assert resolved
    assert all(f"/{WIKITEXT_REVISION}/" in p or f"/{AG_NEWS_REVISION}/" in p for p in resolved)


def text_on_the_hub() -> PretrainText:
    given = make_params().data.pretrain
    splits, _ = hub.splits_of(given, given.splits.model_dump(), given.text_columns)
    return plain_text(given, splits)


def labels_on_the_hub() -> LabelledText:
    given = make_params().data.downstream
    columns = [*given.text_columns, given.label, given.group]
    splits, names = hub.splits_of(given, given.splits.model_dump(), columns)
    return labelled_text(given, splits, names.get("label"), published=True)


def serve(monkeypatch: pytest.MonkeyPatch, rows: dict[str, list[Any]], *splits: str) -> None:
    """Let ``datasets`` have loaded these rows, with named classes if the labels are numbers."""
    from datasets import ClassLabel, Dataset

    split = Dataset.from_dict(rows)
    if "label" in rows and isinstance(rows["label"][0], int):
        split = split.cast_column("label", ClassLabel(names=["x", "y"]))
    monkeypatch.setattr(hub, "_load", lambda _: dict.fromkeys(splits, split))


def test_text_without_its_split_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, {"text": ["one row"]}, "all")
    with pytest.raises(StageError, match=r"^Salesforce/wikitext on the Hub has no split 'train', "):
        text_on_the_hub()


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ({"text": ["one row"]}, "row 1: there is no column 'label' (there are text)"),
        ({"body": ["one row"], "label": [1]}, "row 1: there is no column 'text'"),
        ({"text": ["a", "b"], "label": ["x", None]}, "row 2: label or text is empty"),
        ({"text": [["a"]], "label": ["x"]}, "row 1: the column 'text' has ['a'], which is not"),
    ],
)
def test_labelled_text_that_is_not_all_there_is_refused(
    rows: dict[str, list[Any]], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, rows, "train", "test")
    with pytest.raises(
        StageError, match=re.escape(f"fancyzhx/ag_news train on the Hub, {problem}")
    ):
        assert labels_on_the_hub().tallies


def test_rows_are_numbered_across_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BATCH", 3)
    serve(monkeypatch, {"text": ["a"] * 8, "label": [0] * 7 + [1]}, "train")
    splits, classes = hub.splits_of(make_params().data.downstream, {"train": "train"}, ["text"])
    assert [(n, dict(row)) for n, row in splits["train"][0]] == [
        (i, {"text": "a"}) for i in range(1, 9)
    ]
    assert classes == {"label": ["x", "y"]}


# --- rows that are not those of the pinned revision ---------------------------------------


def train_sha256(seed: int) -> str:
    return text_tally([row.strip() for row in texts(seed)["train"]]).sha256


def pinned_to(seed: int) -> str:
    """`python -m stages.download` with the hash of these rows in the place of WikiText-2's."""
    pin = f'known.KNOWN["wikitext-2"].sha256["train"] = "{train_sha256(seed)}"\n'
    return PINS_ASIDE.replace("runpy.run_module", f"{pin}runpy.run_module")


# The Hub goes away between our question and the load; `datasets` then takes what it has.
HUB_GOES_AWAY = "from stages.download import hub; hub.hub_problem = lambda params: None\n"


def test_other_rows_under_the_pinned_revision_are_refused(tmp_path: Path) -> None:
    folder = project(tmp_path / "run")
    with HubServer(repos(seed=50)) as server:
        done = download(folder, server.endpoint, tmp_path / "cache", code=pinned_to(0))
    assert f"(sha256 of its rows {train_sha256(50)[:12]}" in last_sentence(done)
    assert not (folder / "data").exists()


def test_other_revision_of_ones_own_data_in_the_cache_is_refused(
    warm_cache: Path, closed_endpoint: str, tmp_path: Path
) -> None:
    folder = project(tmp_path / "run", OWN_NAMES | {"data.pretrain.revision": ANOTHER_REVISION})
    code = HUB_GOES_AWAY + PINS_ASIDE
    done = download(folder, closed_endpoint, warm_cache, code=code, HF_DATASETS_OFFLINE="1")
    assert "at another revision than the pinned cccccccc" in last_sentence(done)


def test_pinned_revision_in_the_cache_is_enough(
    loaded: Path, warm_cache: Path, closed_endpoint: str, tmp_path: Path
) -> None:
    folder = project(tmp_path / "run")
    code = HUB_GOES_AWAY + pinned_to(0)
    done = download(folder, closed_endpoint, warm_cache, code=code, HF_DATASETS_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    assert files_below(folder / "data") == files_below(loaded / "data")
