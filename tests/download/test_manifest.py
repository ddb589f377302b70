"""The manifest says what the data are."""

import hashlib

from stages.download.manifest import describe
from stages.download.sources import RawData, Source
from stages.download.tables import LabelledText, PretrainText, labelled_tally, repeats
from stages.texts.raw import LabelledRow
from tests.download.corpus import OWN_NAMES
from tests.support import make_params

PARAMS = make_params({**OWN_NAMES, "data.downstream.revision": "d" * 40}).data
PRETRAIN = PretrainText({"train": ["one row", "", "naïve"], "validation": ["two"]})
TRAIN = [LabelledRow(0, "one", 0), LabelledRow(1, "two, three", 1), LabelledRow(1, "four", 1)]
DOWNSTREAM = LabelledText(["x", "y"], {"train": TRAIN, "test": [LabelledRow(1, "five", 0)]})


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def raw_data(kind: str) -> RawData:
    return RawData(Source(kind, ""), "my-text", PRETRAIN, "my-labels", DOWNSTREAM, "a title")


def test_content() -> None:
    assert describe(raw_data("local"), PARAMS) == {
        "title": "a title",
        "source": "local",
        "pretrain": {
            "name": "my-text",
            "revision": None,
            "splits": {
                "train": {"rows": 3, "sha256": sha256("one row\n\nnaïve\n")},
                "validation": {"rows": 1, "sha256": sha256("two\n")},
            },
        },
        "downstream": {
            "name": "my-labels",
            "revision": None,
            "classes": ["x", "y"],
            "splits": {
                "train": {
                    "rows": 3,
                    "rows_per_class": [1, 2],
                    "sha256": sha256("0\tone\n1\ttwo, three\n1\tfour\n"),
                },
                "test": {"rows": 1, "rows_per_class": [0, 1], "sha256": sha256("1\tfive\n")},
            },
            "repeats": {"test_rows_that_train_has": 0, "texts_with_several_labels": 0},
        },
    }


def test_repeated_texts_are_counted() -> None:
    train = [(0, "a"), (1, "a"), (1, "b"), (1, "b"), (0, "c")]
    test = [(0, "a"), (0, "b"), (1, "d"), (0, "a")]
    both = (
        labelled_tally([LabelledRow(label, text, 0) for label, text in rows])
        for rows in (train, test)
    )
    found = repeats(*both)
    assert found == {"test_rows_that_train_has": 3, "texts_with_several_labels": 2}
