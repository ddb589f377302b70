"""The manifest says what the data are."""

import hashlib

from stages.download.manifest import describe
from stages.download.sources import RawData, Source
from stages.download.tables import LabelledText, PretrainText
from stages.texts.raw import LabelledRow
from tests.download.corpus import OWN_NAMES
from tests.support import make_params

PARAMS = make_params({**OWN_NAMES, "data.downstream.revision": "d" * 40}).data
PRETRAIN = PretrainText({"train": ["one row", "", "naïve"], "validation": ["two"]})
TRAIN = [LabelledRow(label, text, 0) for label, text in ((0, "a"), (1, "a"), (1, "b, c"))]
TEST = [LabelledRow(label, text, 0) for label, text in ((0, "a"), (0, "b, c"), (1, "d"), (1, "a"))]
DOWNSTREAM = LabelledText(["x", "y"], {"train": TRAIN, "test": TEST})


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_content() -> None:
    source = Source("local", "")
    data = RawData(source, "my-text", PRETRAIN, "my-labels", DOWNSTREAM, "a title")
    assert describe(data, PARAMS) == {
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
                    "sha256": sha256("0\ta\n1\ta\n1\tb, c\n"),
                },
                "test": {
                    "rows": 4,
                    "rows_per_class": [2, 2],
                    "sha256": sha256("0\ta\n0\tb, c\n1\td\n1\ta\n"),
                },
            },
            "repeats": {"test_rows_that_train_has": 3, "texts_with_several_labels": 2},
        },
    }
