"""Which source is taken, and how soon an unreachable Hub is found out."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from stages.core.console import StageError
from stages.download import hub
from stages.download.sources import (
    Source,
    choose_source,
    load,
    local_root,
    with_checked_labels,
)
from stages.download.tables import LabelledText
from stages.texts.params import DataParams
from stages.texts.raw import LabelledRow
from tests.download.corpus import OWN_NAMES
from tests.download.test_hub import repos
from tests.hub_server import HubServer
from tests.support import make_params


def data_params(source: str = "auto") -> DataParams:
    return make_params({**OWN_NAMES, "data.source": source}).data


@contextmanager
def listening(greeting: bytes = b"") -> Iterator[str]:
    """A host that greets whoever comes, in another protocol than HTTP, and then keeps silent."""
    taken: list[socket.socket] = []

    def greet() -> None:
        taken.append(server.accept()[0])
        taken[0].sendall(greeting)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=greet)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()
        for each in taken:
            each.close()


@pytest.mark.parametrize(
    ("given", "settings", "kind", "reason"),
    [
        *(
            (kind, {"W2V_DATA_DIR": "somewhere", "HF_HUB_OFFLINE": "1"}, kind, f"source is {kind}")
            for kind in ("hub", "local", "bundled")
        ),
        ("auto", {"W2V_DATA_DIR": "somewhere"}, "local", "W2V_DATA_DIR is set"),
        ("auto", {"W2V_DATA_DIR": "", "HF_HUB_OFFLINE": ""}, "hub", "the Hub answers"),
        ("auto", {"HF_HUB_OFFLINE": "0"}, "hub", "the Hub answers"),
        ("auto", {"HF_HUB_OFFLINE": "ON"}, "bundled", "HF_HUB_OFFLINE is set"),
        ("auto", {"HF_DATASETS_OFFLINE": "1"}, "bundled", "HF_DATASETS_OFFLINE is set"),
    ],
)
def test_a_source_that_is_forced_then_the_folder_then_the_hub_then_the_bundled_one(
    given: str,
    settings: dict[str, str],
    kind: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in settings.items():
        monkeypatch.setenv(variable, value)
    with HubServer(repos()) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        source = choose_source(data_params(given))
    assert source.kind == kind and source.reason.endswith(reason)
    assert len(server.requests) == (2 if reason == "the Hub answers" else 0)


def test_silent_host_is_found_out_within_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.monotonic()
    with listening() as endpoint:
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        assert choose_source(data_params()).kind == "bundled"
    assert time.monotonic() - start < 5


def test_name_lookup_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "PROBE_SECONDS", 0.2)
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: done.wait(10) and [])
    start = time.monotonic()
    problem = hub.hub_problem(data_params())
    assert time.monotonic() - start < 2
    done.set()
    assert problem is not None
    assert problem.startswith("no answer within")


def test_both_questions_share_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "PROBE_SECONDS", 0.5)
    monkeypatch.setattr(hub, "_probe", lambda _: time.sleep(0.3))
    problem = hub.hub_problem(data_params())
    assert problem is not None
    assert problem.startswith("no answer within")


@pytest.mark.parametrize(
    ("endpoint", "words"), [(None, "refused"), ("", "SSH-2.0"), ("nonsense", "nonsense")]
)
def test_what_is_no_hub_is_a_problem_in_words_at_once(
    endpoint: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.monotonic()
    with listening(b"SSH-2.0-made-up\r\n") if endpoint == "" else nullcontext(endpoint) as address:
        if address is not None:  # else the closed port of every test here
            monkeypatch.setenv("HF_ENDPOINT", address)
        problem = hub.hub_problem(data_params())
    assert problem is not None and words in problem
    assert time.monotonic() - start < 1


def test_hub_out_of_reach_says_what_to_do() -> None:
    with pytest.raises(StageError, match=r"out of reach \(.+\); set W2V_DATA_DIR .+bundled"):
        load(data_params("hub"), Source("hub", "forced"))


def test_local_without_a_folder_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StageError, match="but W2V_DATA_DIR is not set"):
        local_root()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("W2V_DATA_DIR", "~nobody-of-that-name/data")
    with pytest.raises(StageError, match=r"^W2V_DATA_DIR is ~nobody.*, but there is no such"):
        local_root()
    (tmp_path / "file").write_text("text")
    monkeypatch.setenv("W2V_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(StageError, match=r"^W2V_DATA_DIR is .*file, but there is no such folder"):
        local_root()
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("W2V_DATA_DIR", "~/data")
    assert local_root() == tmp_path / "data"


def labelled(classes: list[str], train: list[int], test: list[int]) -> LabelledText:
    splits = {"train": train, "test": test}
    rows = {s: [LabelledRow(n, "a row", i) for i, n in enumerate(ls)] for s, ls in splits.items()}
    return LabelledText(classes, rows)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (labelled(["a", "b"], [0, 1], [-1, -1]), r"2 of the 2 rows of its test .*no class"),
        (labelled(["a", "b"], [0, 1, 2], [0]), r"1 of the 3 rows of its train .*\(label 2;"),
        (labelled(["a", "b"], [1, 1], [0]), "all rows of its train split have one class"),
        (labelled(["é", "e\u0301"], [0, 1], [0]), "two classes of one name: é; rename one"),
    ],
)
def test_labels_that_are_none_are_told_at_download(text: LabelledText, sentence: str) -> None:
    with pytest.raises(StageError, match=sentence):
        with_checked_labels("my-labels", text)


def test_class_names_come_composed_and_printable() -> None:
    text = labelled(["cafe\u0301", "\x1b[1m"], [0, 1], [0])
    assert with_checked_labels("my-labels", text).classes == ["café", "\\x1b[1m"]
