"""Texts larger than memory: the same bytes however many processes split them, and after a kill."""

import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from stages.core.atomic import seal
from stages.core.params import load_sections
from stages.texts.classes import write_classes
from stages.texts.raw import RAW, LabelledRow, write_raw_labelled, write_raw_text
from stages.tokenize import stage, tables
from stages.tokenize.params import Settings
from stages.tokenize.tables import SCRATCH
from stages.vectors.tokens import TOKENS
from tests.download.corpus import write_files
from tests.support import files_below, made_up_rows, run_python, write_params

HERE = Path()
PARAMS = {"data.validation": 20, "tokenize.min_count": 2, "tokenize.max_length": 6}
LOCAL = {"data.source": "local", "data.pretrain.name": "t", "data.downstream.name": "l"}


def write_corpus(rows: int, seed: int = 0) -> None:
    """Write ``data/raw``: text of so many rows, and few labelled ones."""
    write_params(HERE, PARAMS)
    for split, number in (("train", rows), ("validation", 20)):
        write_raw_text(RAW / "pretrain", split, made_up_rows(number, seed))
    for split, other in (("train", 8), ("test", 9)):
        labelled = [LabelledRow(i % 2, row, i) for i, row in enumerate(made_up_rows(60, other))]
        write_raw_labelled(RAW / "downstream", split, labelled)
    write_classes(RAW / "downstream", ["x", "y"])
    for part in ("pretrain", "downstream"):
        seal(RAW / part)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def tokens_made(processes: int) -> dict[str, bytes]:
    stage.tokenize(load_sections(Settings), processes)
    found = files_below(TOKENS)
    shutil.rmtree(TOKENS)
    return found


def test_same_bytes_for_any_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    write_corpus(300)
    expected = tokens_made(processes=1)
    monkeypatch.setattr(tables, "WORTH_A_PROCESS", 20)
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 7)
    found = [tokens_made(processes) for processes in (1, 2, 3)]
    assert found == [expected] * 3


# --- kills ----------------------------------------------------------------------------------

STOPPED = """
import os, signal
from stages.tokenize import tables
made = tables._splitter
begun, parent = [], os.getpid()
def splitter(lowercase, subwords):
    def words(text):
        begun.append(text)
        if len(begun) == 90:
            os.kill(parent if WHOM == "stage" else os.getpid(), signal.SIGKILL)
        return made(lowercase, subwords)(text)
    return words
tables._splitter, tables.WORTH_A_PROCESS, tables.ROWS_AT_ONCE = splitter, 100, 10
from stages.core.console import run_stage
from stages.tokenize.__main__ import main
run_stage("tokenize", main)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its processes are made anew")
@pytest.mark.parametrize("whom", ["stage", "worker"])
def test_a_kill_leaves_nothing_that_hinders_the_next_run(whom: str) -> None:
    write_corpus(300)
    expected = tokens_made(processes=2)
    program = STOPPED.replace("WHOM", repr(whom))
    done = run_python(HERE, "-c", program, PYTHONHASHSEED="0")  # so that it is no fork
    if whom == "stage":
        assert done.returncode == -signal.SIGKILL
    else:
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("tokenize: one of its processes was killed")
    assert not TOKENS.exists()
    time.sleep(0.5)  # until the last process of a killed stage has ended
    assert tokens_made(processes=1) == expected
    assert not SCRATCH.exists()


# --- memory ---------------------------------------------------------------------------------

MEASURED = """
import resource, sys
from stages.core.console import run_stage
from stages.{stage}.__main__ import main
run_stage("{stage}", main)
own, largest = (resource.getrusage(n).ru_maxrss for n in (0, -1))  # and children
print(max(own, largest) // 1024, file=sys.stderr)
"""


def peak(name: str, folder: Path, **environment: str) -> int:
    """Run a stage; return the peak memory of its largest process, MiB."""
    done = run_python(folder, "-c", MEASURED.format(stage=name), **environment)
    assert done.returncode == 0, done.stderr
    return int(done.stderr.splitlines()[-1])


@pytest.mark.slow
def test_memory_does_not_grow_with_the_text(tmp_path: Path) -> None:
    found = {}
    for rows in (5_000, 200_000):  # 0.4 and 15 MB, 60 thousand and 2.4 million tokens
        folder = tmp_path / str(rows)
        texts = {"train.txt": "amber basin " * 6 + "\n", "valid.txt": "amber basin\n"}
        write_files(folder / "t", texts)
        with (folder / "t/train.txt").open("a") as file:
            file.writelines("cedar dune ember fjord grove harbour " * 2 + "\n" for _ in range(rows))
        table = "label,text\n" + "".join(f"{i % 2},kelp islet {i}\n" for i in range(50))
        write_files(folder / "l", {"train.csv": table, "test.csv": table})
        write_params(folder, {**PARAMS, **LOCAL})
        found[rows] = [
            peak(name, folder, W2V_DATA_DIR=str(folder)) for name in ("download", "tokenize")
        ]
    for few, many in zip(*found.values(), strict=True):
        # Tables that are mapped count, 41 MB of them; as lists they would be 200.
        assert many < few + 45, found
