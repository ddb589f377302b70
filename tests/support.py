"""What the tests of several stages share: parameters, made-up text and child processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from stages.check.whole import Params, parse_params
from tests.forks.programs import forks

REPOSITORY = Path(__file__).resolve().parents[1]
WORDS = ("amber", "basin", "cedar", "dune", "ember", "fjord", "grove", "harbour", "islet", "kelp")


def raw_params(changes: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Return the committed parameters with other values for some dotted keys."""
    params = deepcopy(_committed_params())
    for key, value in (changes or {}).items():
        *sections, name = key.split(".")
        section = params
        for part in sections:
            section = section[part]
        section[name] = value
    return params


@cache
def _committed_params() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((REPOSITORY / "params.yaml").read_text("utf-8"))
    return content


def make_params(changes: Mapping[str, object] | None = None) -> Params:
    """Return ``raw_params`` as the stages see them."""
    return parse_params(raw_params(changes))


def write_params(folder: Path, changes: Mapping[str, object] | None = None) -> None:
    """Write ``params.yaml`` into ``folder``."""
    (folder / "params.yaml").write_text(yaml.safe_dump(raw_params(changes)), encoding="utf-8")


def made_up_rows(rows: int, seed: int = 0, words: int = 12) -> list[str]:
    """Return rows of words drawn at random; a row's number makes it differ from all others."""
    random = Random(seed)
    return [f"row{seed}x{i} {' '.join(random.choices(WORDS, k=words))}" for i in range(rows)]


def run_python(
    folder: Path, *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run Python in ``folder`` on this repository's stages, with nothing else of the user's.

    It is a fork; see ``tests.forks``.
    """
    return subprocess.run(
        [forks() / "python", *arguments],
        cwd=folder,
        env=child_environment(folder) | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=120,
    )


def kill_after(
    said: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> None:
    """Start a command, and kill it with all its children when it says this in a line."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert any(said in line for line in process.stdout)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL  # it had not finished


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something to be true."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


def child_environment(home: Path) -> dict[str, str]:
    """Return an environment without the user's tokens, proxies, caches and data folders."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "NO_PROXY": "127.0.0.1",
    }


def only_sentence(done: "subprocess.CompletedProcess[str]", stage: str) -> str:
    """Return the one line with which ``stage`` ended unsuccessfully."""
    assert done.returncode == 1, done.stderr or done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"{stage}: "), done.stderr
    return lines[0]


def files_below(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below ``folder``, hidden ones too, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
