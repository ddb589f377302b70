"""The record of what made the results: theirs alone, and nothing of whose machine it was."""

import json
import platform
import re
import socket
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from stages.core.console import StageError
from tests.support import REPOSITORY
from tools.environment import ARITHMETIC, RECORD, record


def test_record_is_written_once_for_each_set_of_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    with pytest.raises(StageError, match=r"there is no dvc\.lock"):
        record(tmp_path)
    (tmp_path / "dvc.lock").write_text("one")
    assert record(tmp_path)
    first = (tmp_path / RECORD).read_bytes()
    assert_names_versions_and_arithmetic_but_no_machine(first.decode("utf-8"))
    monkeypatch.setattr(platform, "python_version", lambda: "3.99.0")
    assert not record(tmp_path)  # another machine, where all is up to date
    assert (tmp_path / RECORD).read_bytes() == first
    (tmp_path / "dvc.lock").write_text("two")
    assert record(tmp_path)
    assert json.loads((tmp_path / RECORD).read_text())["python"] == "3.99.0"
    (tmp_path / RECORD).write_text("[")
    assert record(tmp_path)


def assert_names_versions_and_arithmetic_but_no_machine(text: str) -> None:
    found = json.loads(text)
    assert found["python"] == platform.python_version()
    assert found["packages"]["torch"] == version("torch")
    assert set(found["packages"]) >= {"torch", "numpy", "scikit-learn", "safetensors"}
    assert set(found["processor"]["features"]) <= set(ARITHMETIC)
    assert found["processor"]["torch_kernels"] == torch.backends.cpu.get_cpu_capability()
    for personal in (socket.gethostname(), str(Path.home()), str(REPOSITORY)):
        assert not re.search(rf"(?<!\w){re.escape(personal)}(?!\w)", text)
    assert not re.search(r"\b20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)
