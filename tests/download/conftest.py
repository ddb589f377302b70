"""Every test here starts in a folder of its own, with no source set and no network."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def closed_endpoint() -> Iterator[str]:
    """An address at which every connection is refused at once: bound, but not listening."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"


@pytest.fixture(autouse=True)
def nothing_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_endpoint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in ("W2V_DATA_DIR", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_ENDPOINT", closed_endpoint)
