"""A Hub that misbehaves: bounded time, the right sentence, never half a data set for a whole."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stages.core.console import StageError
from stages.download import hub
from stages.download.sources import Source, choose_source
from stages.texts.params import DataParams
from tests.download.corpus import OWN_NAMES
from tests.download.test_hub import PINS_ASIDE, download, last_sentence, project, repos
from tests.faults.tally import survived
from tests.hub_server import Disturb, Disturbance, HubServer, Request
from tests.support import child_environment, files_below, make_params, only_sentence, until

TOKEN = "hf_made_up"


def probes(how: Disturbance) -> Disturb:
    """Disturb every question about a revision: all that the probe asks."""
    return lambda request: how if "/revision/" in request.target else None


def tables(how: Disturbance) -> Disturb:
    """Disturb every delivery of rows, and nothing before."""
    whole = how.status is not None

    def disturb(request: Request) -> Disturbance | None:
        rows = request.target.endswith(".parquet") and "/resolve/" in request.target
        return how if rows and (whole or request.method == "GET") else None

    return disturb


def private(request: Request) -> Disturbance | None:
    """Serve whoever has the token; to others the Hub does not say whether there is anything."""
    return None if request.token == TOKEN else Disturbance(401)


@contextmanager
def endpoint(disturb: Disturb, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer(repos(), disturb) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        yield server


def data_params() -> DataParams:
    return make_params(OWN_NAMES).data


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "gives no access .* the token in use does not open it"),
        (403, "gives no access"),
        (404, r"has no Salesforce/wikitext at b08601e0 \(it answers 404\); correct hub_id"),
    ],
)
def test_refusal_stops_and_shows_no_token(
    status: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with endpoint(probes(Disturbance(status)), monkeypatch), pytest.raises(StageError) as caught:
        choose_source(data_params())
    sentence = str(caught.value)
    assert re.search(f"^the Hub {words}.* data.source=bundled", sentence), sentence
    assert "hf_wrong" not in sentence


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (Disturbance(429, {"Retry-After": "3600"}), "answers 429 .* again after 3600 seconds"),
        (Disturbance(429), "answers 429 for Salesforce/wikitext at b08601e0$"),
        (Disturbance(500), "answers 500 for"),
        (Disturbance(302, {"Location": "/again/revision/x"}), "redirects in a circle for"),
        (Disturbance(pause=1.0), None),
    ],
)
def test_trouble_of_the_hub_itself_is_out_of_reach(
    how: Disturbance, words: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    with endpoint(probes(how), monkeypatch):
        source = choose_source(data_params())
    assert time.monotonic() - began < 5
    if words is None:  # a slow answer is one: only its status is waited for
        assert source == Source("hub", "the Hub answers")
    else:
        assert source.kind == "bundled"
        assert re.search(words, source.reason), source.reason


def test_token_is_not_sent_on_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def note(request: Request) -> None:
        seen.append(request.token)

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with HubServer(repos(), note) as other:
        moved = Disturbance(302, {"Location": f"{other.endpoint}/api/datasets/a/b/revision/c"})
        with endpoint(probes(moved), monkeypatch), pytest.raises(StageError):
            hub.hub_problem(data_params())
    assert seen == [""]


def test_private_set_is_loaded_with_the_token(tmp_path: Path) -> None:
    with HubServer(repos(), private) as server:
        folder = project(tmp_path / "run", OWN_NAMES)
        refused = download(folder, server.endpoint, tmp_path / "cache")
        assert "no access" in only_sentence(refused, "download")
        done = download(folder, server.endpoint, tmp_path / "cache", HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr


BOUND = "from stages.download import hub; hub.LOAD_SECONDS = 3.0\n"


FAILURES = {
    "slow": Disturbance(pause=2.0),
    "403": Disturbance(403),
    "429": Disturbance(429, {"Retry-After": "3600"}),
    "500": Disturbance(500),
    "redirects": Disturbance(302, {"Location": "/datasets/again.parquet"}),
}


@pytest.mark.parametrize(
    "failure", ["truncated", *(pytest.param(f, marks=pytest.mark.faults) for f in FAILURES)]
)
def test_delivery_that_fails_ends_in_time_with_nothing_kept(failure: str, tmp_path: Path) -> None:
    how = FAILURES.get(failure, Disturbance(truncated=True))
    folder = project(tmp_path / "run", OWN_NAMES)
    began = time.monotonic()
    with HubServer(repos(), tables(how)) as server:
        done = download(folder, server.endpoint, tmp_path / "cache", code=BOUND + PINS_ASIDE)
        seconds = time.monotonic() - began
    assert "the Hub did not deliver fancyzhx/ag_news" in last_sentence(done)
    assert seconds < 40  # of which starting is most, on a busy machine
    assert not (folder / "data").exists()
    with HubServer(repos()) as server:  # and what that left in the cache does no harm
        again = download(folder, server.endpoint, tmp_path / "cache", code=PINS_ASIDE)
    assert again.returncode == 0, again.stderr
    survived("Hub", "deliveries that failed")


@pytest.mark.faults
def test_killed_in_mid_download_then_whole(tmp_path: Path) -> None:
    folder, cache = project(tmp_path / "run", OWN_NAMES), tmp_path / "cache"
    with HubServer(repos(), tables(Disturbance(pause=0.5))) as server:
        environment = {"HF_ENDPOINT": server.endpoint, "HF_HOME": str(cache)}
        process = subprocess.Popen(
            [sys.executable, "-c", PINS_ASIDE],
            cwd=folder,
            env=child_environment(folder) | environment | {"HF_UPDATE_DOWNLOAD_COUNTS": "0"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: any(path.endswith(".parquet") for path in server.requests))
        time.sleep(1.0)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert not (folder / "data").exists()
    with HubServer(repos()) as server:
        done = download(folder, server.endpoint, cache, code=PINS_ASIDE)
        fresh = project(tmp_path / "fresh", OWN_NAMES)
        other = download(fresh, server.endpoint, tmp_path / "other", code=PINS_ASIDE)
    assert done.returncode == other.returncode == 0, done.stderr
    assert files_below(folder / "data") == files_below(fresh / "data")
    survived("Hub", "kills in mid-download")
