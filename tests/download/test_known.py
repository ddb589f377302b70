"""Rows that go by the name of a public data set must be that data set's."""

from dataclasses import replace

import pytest

from stages.core.console import StageError
from stages.download import known
from stages.download.known import KNOWN, Known, check_downstream, check_pretrain
from stages.download.tables import LabelledText, PretrainText, labelled_tally, text_tally
from stages.texts.raw import LabelledRow
from tests.support import made_up_rows

CLASSES = ["World", "Sports", "Business", "Sci/Tech"]
TEXTS = {split: made_up_rows(4, seed) for seed, split in enumerate(("train", "validation", "test"))}


def labelled_rows(counts: list[int]) -> list[LabelledRow]:
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    return [LabelledRow(label, f"text {i}", i) for i, label in enumerate(labels)]


def labelled(counts: list[int]) -> LabelledText:
    return LabelledText(CLASSES, {"train": labelled_rows(counts), "test": labelled_rows([1] * 4)})


@pytest.fixture
def made_up_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pin rows of our own under the two public names, with three rows a class."""
    pins = {split: text_tally(rows).sha256 for split, rows in TEXTS.items()}
    test = {"test": labelled_tally(labelled_rows([1] * 4)).sha256}
    table = {
        "wikitext-2": Known("WikiText-2", pins),
        "ag_news": replace(KNOWN["ag_news"], sha256=test, full_train_rows_per_class=3),
    }
    monkeypatch.setattr(known, "KNOWN", table)


@pytest.mark.usefixtures("made_up_pins")
@pytest.mark.parametrize("split", TEXTS)
def test_other_rows_of_text_are_refused(split: str) -> None:
    changed = TEXTS[split][::-1]  # their order matters
    with pytest.raises(StageError) as caught:
        check_pretrain("wikitext-2", PretrainText(TEXTS | {split: changed}))
    text = str(caught.value)
    found = text_tally(changed).sha256[:12]
    assert text.startswith(
        f"wikitext-2 {split} is not the published split (sha256 of its rows {found}"
    )
    assert "fetch it again" in text
    assert "give it a name of its own under data in params.yaml" in text


@pytest.mark.usefixtures("made_up_pins")
def test_missing_split_of_text_is_refused() -> None:
    rest = {split: TEXTS[split] for split in ("train", "validation")}
    with pytest.raises(StageError, match=r"^wikitext-2 has no test split; all of its three"):
        check_pretrain("wikitext-2", PretrainText(rest))


def test_made_up_text_is_not_wikitext() -> None:
    with pytest.raises(StageError, match="wikitext-2 train is not the published split"):
        check_pretrain("wikitext-2", PretrainText(TEXTS))


def test_other_names_are_not_checked() -> None:
    check_pretrain("my-text", PretrainText(TEXTS))
    assert check_downstream("my-labels", labelled([1, 2, 0, 0])) == "my-labels (3 rows)"


@pytest.mark.usefixtures("made_up_pins")
def test_changed_label_of_a_test_row_is_refused() -> None:
    first, *rows = labelled([1] * 4).splits["test"]
    table = LabelledText(CLASSES, {"train": rows, "test": [replace(first, label=3), *rows]})
    with pytest.raises(StageError, match="ag_news test is not the published split"):
        check_downstream("ag_news", table)


@pytest.mark.usefixtures("made_up_pins")
def test_other_class_names_are_refused() -> None:
    table = LabelledText(CLASSES[::-1], labelled([1] * 4).splits)
    with pytest.raises(StageError, match=r"ag_news has the classes .+, but must have"):
        check_downstream("ag_news", table)


def test_official_train_split_by_its_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(known.KNOWN, "ag_news", replace(KNOWN["ag_news"], sha256={}))
    assert check_downstream("ag_news", labelled([30_000] * 4)) == "AG News (all 120,000 rows)"


@pytest.mark.usefixtures("made_up_pins")
@pytest.mark.parametrize("counts", [[3, 3, 3, 2], [1, 0, 0, 0]])
def test_subset_is_called_one(counts: list[int]) -> None:
    expected = f"AG News ({sum(counts)}-row subset of train)"
    assert check_downstream("ag_news", labelled(counts)) == expected


@pytest.mark.usefixtures("made_up_pins")
@pytest.mark.parametrize("counts", [[6, 6, 6, 6], [4, 3, 3, 2], [4, 0, 0, 0], [4, 3, 3, 3]])
def test_doubled_rows_are_refused(counts: list[int]) -> None:
    with pytest.raises(StageError, match="rows are missing or doubled") as caught:
        check_downstream("ag_news", labelled(counts))
    assert str(counts) in str(caught.value)
