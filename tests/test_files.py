"""Files between stages: written whole or not at all, read back exactly, no pickle."""

import errno
import os
import pickle
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import safetensors.torch
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from stages.core.arrays import FloatArray, read_array, write_array
from stages.core.atomic import (
    output_folder,
    seal,
    sha256,
    write_json,
    write_sealed_json,
    write_text,
)
from stages.core.console import StageError, one_sentence_errors
from stages.core.made import stage_of
from stages.core.sealed import SEAL
from stages.texts.classes import read_classes, write_classes
from stages.texts.raw import (
    MANIFEST,
    RAW,
    LabelledRow,
    read_labels_and_groups,
    read_manifest,
    read_raw_text,
    write_raw_labelled,
    write_raw_text,
)
from stages.vectors.tokens import (
    DOWNSTREAM,
    TOKENS,
    UNKNOWN,
    LabelledTexts,
    Texts,
    Vocabulary,
    read_labelled,
    read_texts,
    read_vocabulary,
    write_labelled,
    write_texts,
    write_vocabulary,
)
from stages.vectors.vectors import SGNS_MAIN, WordVectors, read_vectors, write_vectors
from tests.support import REPOSITORY, files_below

NEW_SEAL = f"{sha256(b'new')}  new.txt\n".encode()
WORDS = Vocabulary((UNKNOWN, *(f"w{i}" for i in range(1, 12))), np.ones(12, np.int64))
IDS = st.integers(0, len(WORDS) - 1)
ROWS = st.lists(st.lists(IDS, max_size=6), max_size=8)
# Canonical rows have no carriage returns; surrogates are not text.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=30)
ONE_LINE = TEXT.filter(lambda text: "\n" not in text)
WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
PRETRAIN = TOKENS / "pretrain"
THREE_WORDS = Vocabulary((UNKNOWN, "a", "b"), np.array([0, 2, 1], np.int64))
VECTORS = WordVectors(
    np.arange(6, dtype=np.float32).reshape(3, 2),
    np.ones((3, 2), np.float32),
    {"R": "5", "K": "1"},
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def plain(rows: Texts) -> list[list[int]]:
    """Rows of ids as lists."""
    return [part.tolist() for part in np.split(rows.tokens, rows.offsets[1:-1])][: len(rows)]


# --- atomic writing -----------------------------------------------------------------------


def test_folder_takes_the_place_of_the_old_one_whole() -> None:
    write_text(Path("out/old.txt"), "old")
    write_text(Path(".out.partial/stale.txt"), "stale")  # of a run that was killed
    with output_folder(Path("out")) as folder:
        write_text(folder / "new.txt", "new")
    assert files_below(Path()) == {"out/new.txt": b"new", "out/sha256.txt": NEW_SEAL}


def test_exception_leaves_the_old_folder_and_nothing_else() -> None:
    write_text(Path("out/old.txt"), "old")
    with pytest.raises(ZeroDivisionError), output_folder(Path("out")) as folder:
        write_text(folder / "new.txt", "new")
        raise ZeroDivisionError
    assert files_below(Path()) == {"out/old.txt": b"old"}
    assert [path.name for path in Path().iterdir()] == ["out"]


def test_a_file_does_not_give_way_to_a_folder() -> None:
    Path("file").write_text("mine")
    with pytest.raises(StageError, match="is a file, not a folder"), output_folder(Path("file")):
        pass
    assert files_below(Path()) == {"file": b"mine"}


def test_full_disk_is_one_sentence_and_keeps_the_old_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".file.partial").write_text("stale and much longer than what is written now")
    write_text(Path("file"), "old")
    assert files_below(Path()) == {"file": b"old"}

    def no_space(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(SystemExit) as exit_, one_sentence_errors("demo"):
        write_text(Path("file"), "new")
    assert str(exit_.value).startswith("demo: No space left on device (file); nothing half-")
    assert files_below(Path()) == {"file": b"old"}


# --- round trips --------------------------------------------------------------------------


@given(ROWS)
def test_token_rows_come_back(rows: list[list[int]]) -> None:
    write_texts(Path("tokens"), "train", Texts.from_lists(rows))
    write_vocabulary(Path("tokens"), WORDS)
    seal(Path("tokens"))
    assert plain(read_texts(Path("tokens"), "train")) == rows


@given(st.data(), ROWS)
def test_labelled_rows_come_back_and_are_taken_with_their_labels(
    data: st.DataObject, rows: list[list[int]]
) -> None:
    labels = data.draw(st.lists(st.integers(0, 9), min_size=len(rows), max_size=len(rows)))
    examples = LabelledTexts(Texts.from_lists(rows), np.array(labels, np.int64))
    write_labelled(DOWNSTREAM, "test", examples)
    write_classes(DOWNSTREAM, [f"class {label}" for label in range(10)])
    write_vocabulary(DOWNSTREAM, WORDS)
    seal(DOWNSTREAM)
    found = read_labelled("test")
    assert (plain(found.texts), found.labels.tolist()) == (rows, labels)
    backwards = found.take(np.arange(len(found))[::-1])
    assert (plain(backwards.texts), backwards.labels.tolist()) == (rows[::-1], labels[::-1])


@given(st.dictionaries(WORD, st.integers(0, 2**62), max_size=8))
def test_vocabulary_comes_back(counts: dict[str, int]) -> None:
    vocabulary = Vocabulary((UNKNOWN, *counts), np.array([3, *counts.values()], np.int64))
    write_vocabulary(PRETRAIN, vocabulary)
    seal(PRETRAIN)
    found = read_vocabulary(PRETRAIN)
    assert found.words == vocabulary.words
    assert found.counts.tolist() == vocabulary.counts.tolist()
    assert found.words_sha256() == vocabulary.words_sha256()


@given(st.lists(ONE_LINE))
def test_raw_text_comes_back(rows: list[str]) -> None:
    write_raw_text(RAW / "pretrain", "train", rows)
    seal(RAW / "pretrain")
    assert read_raw_text("train") == rows


@given(st.lists(st.builds(LabelledRow, st.integers(0, 99), TEXT, st.integers(0, 99))))
def test_raw_labelled_rows_come_back(rows: list[LabelledRow]) -> None:
    write_raw_labelled(RAW / "downstream", "train", rows)
    write_classes(RAW / "downstream", [f"class {label}" for label in range(100)])
    seal(RAW / "downstream")
    assert pq.read_table(RAW / "downstream/train.parquet").to_pylist() == list(map(asdict, rows))


def test_word_vectors_come_back() -> None:
    digest = write_vectors(Path("vectors"), VECTORS)
    write_vocabulary(Path("vectors"), THREE_WORDS)
    seal(Path("vectors"))
    found = read_vectors(Path("vectors"))
    assert digest == sha256(Path("vectors/vectors.safetensors").read_bytes())
    assert found.about == VECTORS.about
    assert np.array_equal(found.centre, VECTORS.centre)
    assert np.array_equal(found.context, VECTORS.context)


# --- damaged and missing files ------------------------------------------------------------


def write_one_of_each() -> None:
    """Write every kind of file that a stage reads."""
    rows = Texts.from_lists([[1, 2], [], [3]])
    write_raw_text(RAW / "pretrain", "train", ["a row", "another"])
    write_raw_labelled(RAW / "downstream", "train", [LabelledRow(0, "a, b", 0)])
    write_classes(RAW / "downstream", ["x", "y"])
    labels = np.array([0, 1, 0], np.int64)
    write_labelled(DOWNSTREAM, "train", LabelledTexts(rows, labels))
    write_classes(DOWNSTREAM, ["x", "y"])
    write_vocabulary(DOWNSTREAM, WORDS)
    write_vectors(SGNS_MAIN, VECTORS)
    for folder in (PRETRAIN, SGNS_MAIN):
        write_vocabulary(folder, THREE_WORDS)
        seal(folder)
    for folder in (RAW / "pretrain", RAW / "downstream", DOWNSTREAM):
        seal(folder)


READERS: dict[str, tuple[str, Callable[[], object]]] = {
    "data/raw/pretrain/train.parquet": ("download", lambda: read_raw_text("train")),
    "data/raw/downstream/train.parquet": ("download", lambda: read_labels_and_groups("train")),
    "data/raw/downstream/classes.json": ("download", lambda: read_classes(RAW / "downstream")),
    **{
        f"data/tokens/downstream/train.{part}.npy": ("tokenize", lambda: read_labelled("train"))
        for part in ("tokens", "offsets", "labels")
    },
    "data/tokens/pretrain/vocabulary.tsv": ("tokenize", lambda: read_vocabulary(PRETRAIN)),
    "models/sgns/main/vectors.safetensors": ("sgns", lambda: read_vectors(SGNS_MAIN)),
}


@pytest.mark.parametrize("name", READERS)
def test_file_that_was_cut_or_has_a_wrong_bit(name: str) -> None:
    write_one_of_each()
    stage, read = READERS[name]
    assert read() is not None
    content = Path(name).read_bytes()
    for place in range(0, len(content), max(1, len(content) // 9)):
        wrong = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        for damage in (content[:place], wrong, b"\xff\xfe\x80 noise" * 20):
            Path(name).write_bytes(damage)
            with pytest.raises(StageError) as caught:
                read()
            assert str(caught.value) == f"{name} is damaged; make it again with: dvc repro {stage}"


def test_a_seal_that_lost_a_line_hides_no_split() -> None:
    for split in ("train", "test"):
        write_raw_text(RAW / "pretrain", split, ["a row"])
    seal(RAW / "pretrain")
    lines = (RAW / "pretrain" / SEAL).read_text().splitlines(keepends=True)
    (RAW / "pretrain" / SEAL).write_text(lines[1])
    with pytest.raises(StageError, match=rf"pretrain/{SEAL} is damaged; .*: dvc repro download$"):
        read_raw_text("test")


@pytest.mark.parametrize("content", ["", "null", "[1]", "{", '{"a": 1}', "[" * 100_000])
def test_json_with_a_seal_of_its_own(content: str) -> None:
    write_sealed_json(MANIFEST, {"a": 1})
    assert read_manifest() == {"a": 1}
    MANIFEST.write_text(content)
    with pytest.raises(StageError, match=r"^data/raw/manifest\.json is damaged; .* download$"):
        read_manifest()


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        (".scratch/studies/text-2/models/sgns/grid/R5-K1", "sgns-grid"),
        ("studies/results/travel/ng20.csv", "studies/dvc.yaml"),
        ("models/sgns/main-of-mine", None),
    ],
)
def test_what_makes_a_file(path: str, stage: str | None) -> None:
    assert stage_of(Path(path)) == stage


def test_every_stage_whose_files_are_read_is_known() -> None:
    outs = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))["stages"]
    for name in set(outs) - {"check", "report"}:
        [*folders] = (
            out if isinstance(out, str) else next(iter(out))
            for out in outs[name].get("do", outs[name])["outs"]
        )
        assert {stage_of(Path(folder)) for folder in folders} == {name}


# --- vectors of the user's own ------------------------------------------------------------

OWN = Path("own")
NO_STAGE = "no stage makes it, so bring a whole one"
SEE = r'\(see "Vectors of your own" in docs/data\.md\)'


def bring(vectors: WordVectors = VECTORS, vocabulary: Vocabulary = THREE_WORDS) -> None:
    write_vectors(OWN, vectors)
    write_vocabulary(OWN, vocabulary)


def test_own_vectors_that_are_not_there() -> None:
    with pytest.raises(StageError, match=r"^own is not a folder; vectors are in models/sgns"):
        read_vectors(OWN)
    OWN.mkdir()
    with pytest.raises(StageError, match=rf"^own/vectors\.safetensors is missing; {NO_STAGE}"):
        read_vectors(OWN)


@pytest.mark.parametrize(
    ("tensors", "wrong"),
    [
        ({"centre": np.ones(3), "context": np.ones(3)}, "of one shape"),
        ({"centre": np.ones((3, 0)), "context": np.ones((3, 0))}, "of one shape"),
        ({"centre": np.ones((3, 2)), "context": np.ones((3, 1))}, "of one shape"),
        ({"centre": np.ones((3, 2), np.int64), "context": np.ones((3, 2))}, "has centre in int64"),
        ({"embeddings": np.ones((3, 2))}, "the tensors centre and context .*, not: embeddings"),
    ],
)
def test_own_vectors_of_another_form(tensors: dict[str, FloatArray], wrong: str) -> None:
    bring()
    save_file(tensors, OWN / "vectors.safetensors")
    (OWN / "sha256.txt").unlink(missing_ok=True)
    with pytest.raises(StageError, match=rf"^own/vectors\.safetensors .*{wrong}.*{SEE}\.$"):
        read_vectors(OWN)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_own_vectors_as_other_programs_write_them(kind: torch.dtype, end: str) -> None:
    bring()
    rows = torch.arange(6, dtype=kind).reshape(3, 2)
    tensors = {"centre": rows, "context": rows + 1}
    safetensors.torch.save_file(tensors, OWN / "vectors.safetensors")  # no metadata
    (OWN / "sha256.txt").unlink(missing_ok=True)
    text = end.join(["<unk>\t0", "a\t2.0", "b\t1"])
    (OWN / "vocabulary.tsv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read_vectors(OWN)
    assert found.centre.dtype == found.context.dtype == np.float32 and found.about == {}
    assert found.centre.tolist() == [[0, 1], [2, 3], [4, 5]]
    words = read_vocabulary(OWN)
    assert (words.words, words.counts.tolist()) == (("<unk>", "a", "b"), [0, 2, 1])


def test_own_vectors_of_other_words_or_numbers() -> None:
    bring(vocabulary=WORDS)
    with pytest.raises(StageError, match=r"has vectors of other words than its text; bring those"):
        read_vectors(OWN)
    bring(WordVectors(np.full((3, 2), np.nan, np.float32), VECTORS.context, {}))
    with pytest.raises(StageError, match="has numbers that are not finite"):
        read_vectors(OWN)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("a\t1\n", "line 1 must be <unk>"),
        ("<unk>\t0\na\t1\na\t1\n", "line 3 has 'a', which an earlier line has too"),
        ("word\tcount\n<unk>\t0\n", "line 1 must be a word, a tab and its count"),
        *((f"<unk>\t0\n{line}\n", "line 2 must be") for line in ("a\t-1", "a", "\t1", "a\t0.5")),
        ("", "line 1 must be"),
    ],
)
def test_own_vocabulary_that_is_none(text: str, wrong: str) -> None:
    bring()
    write_text(OWN / "vocabulary.tsv", text)
    with pytest.raises(StageError, match=rf"^own/vocabulary\.tsv, {wrong}.*{SEE}\.$"):
        read_vectors(OWN)


# --- determinism and safety ---------------------------------------------------------------


def test_no_file_is_a_pickle() -> None:
    write_one_of_each()
    write_json(Path("some.json"), {"a": 1})
    for content in files_below(Path()).values():
        with pytest.raises((pickle.UnpicklingError, ValueError, KeyError, IndexError, EOFError)):
            pickle.loads(content)


def test_array_of_objects_is_neither_written_nor_read() -> None:
    objects = np.array([{}, {}], object)
    with pytest.raises(ValueError, match="pickle"):
        write_array(Path("objects.npy"), objects)
    np.save("objects.npy", objects, allow_pickle=True)
    seal(Path())
    with pytest.raises(StageError, match=r"objects\.npy is damaged"):
        read_array(Path("objects.npy"))
