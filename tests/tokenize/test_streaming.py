"""Texts larger than memory: the same bytes however they are cut up and whoever splits them."""

import csv
import gc
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.core.atomic import seal, write_bytes
from stages.core.console import StageError
from stages.core.params import load_sections
from stages.core.workers import CAN_FORK
from stages.texts import raw
from stages.texts.classes import write_classes
from stages.texts.parts import Part, read_part, write_part
from stages.texts.raw import (
    RAW,
    LabelledRow,
    Span,
    read_labelled_table,
    read_span,
    text_spans,
    write_raw_labelled,
    write_raw_text,
)
from stages.texts.words import words
from stages.tokenize import parts, stage
from stages.tokenize.params import Settings
from stages.tokenize.parts import SCRATCH, Selection, cut
from stages.vectors.tokens import TOKENS, Texts
from tests.download.corpus import write_files
from tests.support import (
    child_environment,
    files_below,
    made_up_rows,
    run_python,
    write_params,
)

HERE = Path()
PARAMS: dict[str, object] = {
    "data.validation": 20,
    "tokenize.min_count": 2,
    "tokenize.max_length": 6,
}
ROW = st.text("ab é\u2028'<&", max_size=12)
MIB = 2**20


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


def tokens_made(workers: int) -> dict[str, bytes]:
    stage.tokenize(load_sections(Settings), workers)
    found = files_below(TOKENS)
    shutil.rmtree(TOKENS)
    return found


def test_same_bytes_for_any_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "SPAN_BYTES", 1000)
    write_corpus(300)
    assert len(text_spans("train") or []) > 20
    found = [tokens_made(workers) for workers in (1, 2, 4)]
    assert found[0] == found[1] == found[2] != {}


def test_same_bytes_wherever_texts_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    write_corpus(150)
    found = []
    for size in (200, 3000, 2**21):
        monkeypatch.setattr(raw, "SPAN_BYTES", size)
        found.append(tokens_made(workers=1))
    assert found[0] == found[1] == found[2] != {}


# --- spans ----------------------------------------------------------------------------------


@given(st.lists(ROW.map(lambda row: row.replace("\n", "")), max_size=12), st.integers(1, 40))
def test_spans_of_a_text_are_its_rows_in_order(rows: list[str], size: int) -> None:
    write_raw_text(RAW / "pretrain", "train", rows)
    seal(RAW / "pretrain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw, "SPAN_BYTES", size)
        spans = text_spans("train")
    assert spans is not None
    assert [row for span in spans for row in read_span(span)] == rows
    assert all(len(span) >= size for span in spans[:-1])
    assert sum(map(len, spans)) == (RAW / "pretrain/train.txt").stat().st_size


@given(
    st.lists(st.builds(LabelledRow, st.integers(0, 1), st.text('a",\né '), st.integers(0, 9))),
    st.integers(1, 40),
)
def test_spans_of_a_table_are_its_rows_in_order(rows: list[LabelledRow], size: int) -> None:
    write_raw_labelled(RAW / "downstream", "train", rows)
    write_classes(RAW / "downstream", ["x", "y"])
    seal(RAW / "downstream")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw, "SPAN_BYTES", size)
        table = read_labelled_table("train")
    assert [text for span in table.spans for text in read_span(span)] == [r.text for r in rows]
    assert list(table.labels) == [row.label for row in rows]
    assert list(table.groups) == [row.group for row in rows]


def test_a_span_of_what_is_no_text_is_refused() -> None:
    write_bytes(RAW / "train.txt", b"one\nca\xe9\n")
    with pytest.raises(StageError, match=r"train\.txt is damaged; make it again with: dvc repro"):
        read_span(Span(RAW / "train.txt", "", 0, 8))


def test_the_first_line_of_a_table_stands_alone_where_there_is_no_row() -> None:
    write_raw_labelled(HERE, "train", [])
    with (HERE / "train.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["label", "text", "group"]]


# --- parts ----------------------------------------------------------------------------------


@given(st.lists(ROW, max_size=12))
def test_a_part_has_the_words_that_went_in(texts: list[str]) -> None:
    rows = [words(text) for text in texts]
    part = Part.of(rows)
    write_part(Path("part.npz"), part)
    found = read_part(Path("part.npz"))
    assert found is not None and found.words == part.words
    ends = found.texts.offsets
    assert rows == [
        [found.words[number] for number in found.texts.tokens[begin:end]]
        for begin, end in pairwise(ends)
    ]


def test_a_damaged_part_counts_as_none() -> None:
    path = Path("part.npz")
    write_part(path, Part.of([["a", "b", "a"], ["c"]]))
    whole, content = read_part(path), bytearray(path.read_bytes())
    for place in range(len(content)):
        content[place] ^= 4
        path.write_bytes(content)
        found = read_part(path)
        if found is not None:  # what zip or NumPy does not look at
            assert whole is not None and found.words == whole.words
            assert np.array_equal(found.texts.tokens, whole.texts.tokens)
            assert np.array_equal(found.texts.offsets, whole.texts.offsets)
        content[place] ^= 4
    for length in range(0, len(content), 9):
        path.write_bytes(content[:length])
        assert read_part(path) is None


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=8), st.integers(1, 5))
def test_cut_texts_have_their_first_tokens(rows: list[list[int]], longest: int) -> None:
    found, expected = cut(Texts.from_lists(rows), longest), [row[:longest] for row in rows]
    assert found.tokens.tolist() == [number for row in expected for number in row]
    assert found.lengths.tolist() == [len(row) for row in expected]


@settings(max_examples=30)
@given(st.data(), st.lists(ROW.map(lambda row: row.replace("\n", "")), min_size=1, max_size=12))
def test_a_selection_has_the_rows_that_are_chosen(data: st.DataObject, rows: list[str]) -> None:
    chosen = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    write_raw_text(RAW / "pretrain", "train", rows)
    seal(RAW / "pretrain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw, "SPAN_BYTES", data.draw(st.integers(1, 40)))
        spans = text_spans("train") or []
    selection = Selection(spans, lowercase=True, rows=np.array(chosen), longest=2)
    for _ in range(2):  # from text, and from what was kept of it
        found = [
            [part.words[i] for i in part.texts.tokens[begin:end]]
            for part in selection
            for begin, end in pairwise(part.texts.offsets)
        ]
        expected = [words(row)[:2] for row, take in zip(rows, chosen, strict=True) if take]
        assert found == expected


# --- kills ----------------------------------------------------------------------------------

STOPPED = """
import os, signal, sys
from stages.tokenize import parts
made = parts.write_part
def write(path, part):
    made(path, part)
    if len(list(parts.SCRATCH.iterdir())) >= 5:
        os.kill(os.getppid() if sys.argv[1] == "stage" else os.getpid(), signal.SIGKILL)
parts.write_part = write
from stages.texts import raw
raw.SPAN_BYTES = 1000
from stages.core.console import run_stage
from stages.tokenize.__main__ import main
del sys.argv[1:]
"""


def run_stopped(whom: str) -> "subprocess.CompletedProcess[str]":
    """Run the stage, which is killed when five parts are made, or one of its processes is."""
    program = STOPPED.replace("sys.argv[1]", repr(whom)) + 'run_stage("tokenize", main)\n'
    return subprocess.run(
        [sys.executable, "-c", program],
        env=child_environment(HERE),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.skipif(not CAN_FORK, reason="elsewhere its processes are made anew")
@pytest.mark.parametrize("whom", ["stage", "worker"])
def test_a_kill_leaves_nothing_but_parts_that_the_next_run_goes_on_with(
    whom: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "SPAN_BYTES", 1000)
    write_corpus(300)
    expected = tokens_made(workers=2)
    done = run_stopped(whom)
    if whom == "stage":
        assert done.returncode == -signal.SIGKILL
    else:
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("tokenize: one of its processes was killed")
    assert not TOKENS.exists()
    time.sleep(0.5)  # until the last process of a killed stage has ended
    kept = {path.name for path in SCRATCH.iterdir() if path.suffix == ".npz"}
    assert len(kept) >= 4
    split: list[Span] = []

    def noted(span: Span) -> list[str]:
        split.append(span)
        return read_span(span)

    monkeypatch.setattr(parts, "read_span", noted)
    monkeypatch.setattr(stage, "make_parts", lambda *_: None)  # so that this process makes them
    assert tokens_made(workers=1) == expected
    spans = [span for name in ("train", "validation") for span in text_spans(name) or []]
    spans += [span for name in ("train", "test") for span in read_labelled_table(name).spans]
    assert len(split) == len(spans) - len(kept)
    assert list(SCRATCH.iterdir()) == []


# --- memory ---------------------------------------------------------------------------------

MEASURED = """
import resource, sys
from stages.texts import raw
raw.SPAN_BYTES = 2**17
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
    changes: dict[str, object] = {
        "data.source": "local",
        "data.pretrain.name": "t",
        "data.downstream.name": "l",
    }
    found = {}
    for rows in (5_000, 200_000):  # 0.4 and 15 MB, 60 thousand and 2.4 million tokens
        folder = tmp_path / str(rows)
        write_files(folder / "t", {"train.txt": "amber basin " * 6 + "\n", "valid.txt": "a\n"})
        with (folder / "t/train.txt").open("a") as file:
            file.writelines("cedar dune ember fjord grove harbour " * 2 + "\n" for _ in range(rows))
        table = "label,text\n" + "".join(f"{i % 2},kelp islet {i}\n" for i in range(50))
        write_files(folder / "l", {"train.csv": table, "test.csv": table})
        write_params(folder, PARAMS | changes)
        found[rows] = [
            peak(name, folder, W2V_DATA_DIR=str(folder)) for name in ("download", "tokenize")
        ]
    for few, many in zip(*found.values(), strict=True):
        assert many < few + 15, found


def test_a_part_leaves_nothing_that_only_the_garbage_collector_finds() -> None:
    """A worker makes hundreds of them, each of megabytes."""
    gc.collect()
    gc.disable()
    try:
        part = Part.of([["a", "b"], ["b", "c"]])
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert part.words == ["a", "b", "c"]
