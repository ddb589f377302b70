"""The Hub: the real ``datasets`` against a loopback server that holds made-up rows.

Each such load is a child process with a cache of its own, because ``datasets`` reads its
environment once and remembers what it has seen.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages.download.tables import text_tally
from tests.download.corpus import OWN_NAMES, write_files
from tests.hub_server import AG_NEWS_REVISION, WIKITEXT_REVISION, HubRepo, HubServer, repo_of
from tests.support import files_below, made_up_rows, run_python, write_params

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
AG_NEWS_LABELS = ["World", "Sports", "Business", "Sci/Tech"]


def texts(seed: int) -> dict[str, list[str]]:
    """Rows as WikiText has them: a title, a blank row, text, with spaces and newlines around."""
    return {
        split: [" = A Title = \n", "", *(f" {row} \n" for row in made_up_rows(6, seed + i))]
        for i, split in enumerate(("train", "validation", "test"))
    }


def labelled(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Rows as AG News has them, with what CSV must quote."""
    rows = {"train": made_up_rows(12, seed + 10), "test": made_up_rows(8, seed + 11)}
    return {
        split: [{"label": i % 4, "text": f'{r}, "quoted"\\ and #39;s'} for i, r in enumerate(of)]
        for split, of in rows.items()
    }


def repos(seed: int = 0) -> list[HubRepo]:
    text = {split: [{"text": row} for row in rows] for split, rows in texts(seed).items()}
    configs = {"config": "wikitext-2-v1", "other_config": "wikitext-2-raw-v1"}
    return [
        repo_of("Salesforce/wikitext", text, {}, revision=WIKITEXT_REVISION, **configs),
        repo_of("fancyzhx/ag_news", labelled(seed), {"label": AG_NEWS_LABELS}),
    ]


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


def test_hub_and_local_folder_give_the_same_bytes(loaded: Path, tmp_path: Path) -> None:
    folder = project(tmp_path / "local", {"data.source": "local"})
    root = folder / "root"
    names = {"train": "train", "validation": "valid", "test": "test"}
    rows = {f"{names[split]}.txt": [r.strip() for r in rows] for split, rows in texts(0).items()}
    write_files(root / "wikitext-2", {n: "".join(f"{r}\n" for r in t) for n, t in rows.items()})
    tables = {f"{split}.csv": pd.DataFrame(rows) for split, rows in labelled(0).items()}
    files = {name: table.to_csv(index=False) for name, table in tables.items()}
    write_files(root / "ag_news", files)
    done = run_python(folder, "-c", PINS_ASIDE, W2V_DATA_DIR=str(root))
    assert done.returncode == 0, done.stderr
    for part in ("pretrain", "downstream"):
        found = files_below(loaded / "data/raw" / part)
        assert found == files_below(folder / "data/raw" / part)
        assert len(found) == 4


def test_the_pinned_revisions_are_asked_for_and_named(loaded: Path, server: HubServer) -> None:
    found = json.loads((loaded / "data/raw/manifest.json").read_text())
    assert found["pretrain"]["revision"] == WIKITEXT_REVISION
    assert found["downstream"]["revision"] == AG_NEWS_REVISION
    assert found["downstream"]["classes"] == AG_NEWS_LABELS
    resolved = [path for path in server.requests if "/resolve/" in path]
    assert resolved
    assert all(f"/{WIKITEXT_REVISION}/" in p or f"/{AG_NEWS_REVISION}/" in p for p in resolved)


def train_sha256(seed: int) -> str:
    return text_tally([row.strip() for row in texts(seed)["train"]]).sha256


PIN = f'known.KNOWN["wikitext-2"].sha256["train"] = "{train_sha256(0)}"\n'
PINNED = PINS_ASIDE.replace("runpy.run_module", f"{PIN}runpy.run_module")


# The Hub goes away between our question and the load; `datasets` then takes what it has.
HUB_GOES_AWAY = "from stages.download import hub; hub.hub_problem = lambda params: None\n"


def test_other_rows_under_the_pinned_revision_are_refused(tmp_path: Path) -> None:
    folder = project(tmp_path / "run")
    with HubServer(repos(seed=50)) as server:
        done = download(folder, server.endpoint, tmp_path / "cache", code=PINNED)
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
    code = HUB_GOES_AWAY + PINNED
    done = download(folder, closed_endpoint, warm_cache, code=code, HF_DATASETS_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    assert files_below(folder / "data") == files_below(loaded / "data")
