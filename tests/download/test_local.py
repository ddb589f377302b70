"""A user's own folder: what is read, and which sentence says what is wrong with it."""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.core.console import StageError
from stages.download import local
from stages.download.sources import labelled_text, plain_text
from stages.download.tables import LabelledText
from stages.texts.raw import LabelledRow
from tests.download.corpus import write_files
from tests.support import make_params

HERE = Path()
NOT_UTF8 = ", row 3: not UTF-8 text (byte 0xe9); save the file as UTF-8."
EMPTY = " is empty; give it at least one row."


def text_in(folder: Path = HERE, **changes: object) -> dict[str, list[str]]:
    params = make_params({f"data.pretrain.{key}": value for key, value in changes.items()})
    given = params.data.pretrain
    text = plain_text(given, local.splits_of(folder, given.splits.model_dump()))
    assert text.tallies
    return {split: list(rows) for split, rows in text.splits.items()}


def labels_in(
    folder: Path = HERE, classes: list[str] | None = None, **changes: object
) -> LabelledText:
    changed = {f"data.downstream.{key}": value for key, value in changes.items()}
    given = make_params(changed).data.downstream
    splits = local.splits_of(folder, given.splits.model_dump())
    text = labelled_text(given, splits, classes, published=False)
    assert text.tallies
    return text


def read_table(content: str | bytes, **changes: Any) -> LabelledText:
    write_files(HERE, {"train.csv": content, "test.csv": content})
    return labels_in(**changes)


def read_rows(content: str | bytes, **changes: Any) -> list[LabelledRow]:
    return list(read_table(content, **changes).splits["train"])


# --- pre-training text --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("one\n\n two \nthree", ["one", "", "two", "three"]),  # blank ones are rows too
        (b"\xef\xbb\xbfone\n", ["one"]),
        ("one\r\n\r\ntwo\r\n", ["one", "", "two"]),
        ("one\rrow\ntwo\n", ["one row", "two"]),
        *((f"one{rare}row\n", [f"one{rare}row"]) for rare in "\u2028\u2029\x85\x0b\x0c\x1c"),
    ],
)
def test_every_line_of_text_is_a_row(content: str | bytes, rows: list[str]) -> None:
    write_files(HERE, {"train.txt": content, "valid.txt": "a row\n"})
    assert text_in()["train"] == rows


CUT_GZIP = gzip.compress(b"a row\n" * 99, mtime=0)[:-9]
NO_TEXT = BytesIO()
pq.write_table(pa.table({"text": pa.array([b"\xe9"]).view(pa.string())}), NO_TEXT)
LFS = "version https://git-lfs.github.com/spec/v1\n"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "own has no file that ends in .txt, .csv,"),
        ({"test.txt": "a\n"}, "own has no file for the split 'train'"),
        ({"train.txt": "a\n", "train.csv": "text\na\n"}, "several formats (train.csv, train.txt"),
        *(({"train.txt": empty}, f"train.txt{EMPTY}") for empty in ("", "\n\n", "  \r\n")),
        ({"train.txt": b"one\ntwo\ncaf\xe9\n"}, f"train.txt{NOT_UTF8}"),
        # A byte order mark shifts no row.
        ({"train.txt": b"\xef\xbb\xbf1\n2\n\xe9\n4\n"}, f"train.txt{NOT_UTF8}"),
        ({"train.jsonl": '{"text": "a"}\n{"text": \n'}, "train.jsonl, line 2: not JSON (Expecting"),
        ({"train.jsonl": '{"text": "a"}\n[1]\n'}, "train.jsonl, line 2: not a JSON object"),
        ({"train.jsonl": '{"text": 5}\n'}, "line 1: the column 'text' has 5, which is not text"),
        ({"train.parquet": b"PAR1 and no more"}, "train.parquet is not whole Parquet ("),
        (
            {"train.parquet": NO_TEXT.getvalue()},
            "train.parquet is not whole Parquet ('utf-8' codec",
        ),
        ({"train.txt.gz": b"no gzip"}, "train.txt.gz is not whole gzip ("),
        ({"train.txt.gz": CUT_GZIP}, "train.txt.gz is not whole gzip ("),
        ({"train.txt": "a".encode("utf-16-be")}, "row 1: a zero byte, as of UTF-16"),
        ({"train.csv": LFS}, "Git LFS's pointer"),
        ({"train.txt": "\n<!DOCTYPE html>\n<html>\n"}, "train.txt is a web page"),
    ],
)
def test_text_that_is_refused(files: dict[str, str | bytes], sentence: str) -> None:
    write_files(HERE / "own", files)
    with pytest.raises(StageError, match=re.escape(sentence)):
        text_in(HERE / "own")


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(StageError, match=r"^own is not a folder; W2V_DATA_DIR must point at"):
        text_in(HERE / "own")


# --- labelled tables ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        "label,text\n 0 ,  one \n1,two\n",
        "id,text,label\n9,one,0\n8,two,1\n",
        b"\xef\xbb\xbflabel,text\r\n\r\n0,one\r\n\r\n1,two\r\n",
        'label, text\n0, "one"\n1, two\n',  # as people write them
        "label,text\n0,one,\n1,two,\n",
        "label,text,,\n0,one,,\n1,two,,\n,,,\n,,,\n\x1a",  # as spreadsheets do
        "label;text\r\n0;one\r\n1;two\r\n",  # where they have commas in numbers
    ],
)
def test_rows_of_a_table(table: str | bytes) -> None:
    assert read_rows(table) == [LabelledRow(0, "one", 0), LabelledRow(1, "two", 1)]


ARTICLE = "word " * 40_000 + "end"  # longer than the limit of csv


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ('"one, ""two""\nthree"', 'one, "two"\nthree'),
        *((f'"one{line_end}two"', "one\ntwo") for line_end in ("\n", "\r\n", "\r")),
        ("one\u2028two", "one\u2028two"),
        (ARTICLE, ARTICLE),
    ],
    ids=lambda text: text[:20],
)
def test_text_inside_a_field(field: str, text: str) -> None:
    assert read_rows(f"label,text\n0,{field}\n1,another\n")[0].text == text


def test_rows_of_a_group_share_its_number_and_others_have_one_of_their_own() -> None:
    table = read_rows("label,text,group\n0,one,b\n0,two,a\n1,three,b\n0,four,\n1,five,\n")
    assert [row.group for row in table] == [0, 1, 0, 2, 3]


def test_own_class_names_in_natural_order() -> None:
    table = read_table("label,text\npear,a\n10,b\n9,c\napple,d\n2,e\n")
    assert table.classes == ["2", "9", "10", "apple", "pear"]
    assert [row.label for row in table.splits["train"]] == [4, 2, 1, 3, 0]


def test_labels_of_equal_value_have_an_order_too() -> None:
    # An order left to chance would change with the hash seed of the process.
    names = ["1", "01", "001", "0001", "00001", "9" * 5000]
    table = read_table("label,text\n" + "".join(f"{name},a\n" for name in names))
    assert table.classes == sorted(names)


def test_columns_and_labels_have_the_names_that_are_given() -> None:
    table = "title,body,topic\nOne,two,1\n,three,0\n"
    found = read_rows(table, text=["title", "body"], label="topic", classes=["no", "yes"])
    assert found == [LabelledRow(1, "One two", 0), LabelledRow(0, "three", 1)]


INVALID = "the row that begins here is not valid CSV"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "class,text\n0,one\n",
            ", line 2: there is no column 'label' (there are class, text); "
            "name the columns in params.yaml (text and label, in data).",
        ),
        ("label,body\n0,one\n", ", line 2: there is no column 'text' (there are label, body);"),
        ("label,text,text\n0,one,two\n", ": has the column 'text' 2 times; keep one."),
        *((empty, EMPTY) for empty in ("", "\n\n")),
        *((f"label,text\n{none}", " has no rows below its first") for none in ("", ",\n,,\n")),
        *(
            (f"label,text\n0,one\n{row}\n", ", line 3: label or text is empty.")
            for row in (",text", "0,", "  ,text", "0,   ", "0")
        ),
        (b"label,text\n0,one\n1,caf\xe9\n", NOT_UTF8),
        ("label,text\n0,one\n1,two, three\n", ", line 3: more fields than columns"),
        ('label,text\n0,one\n0,"one"two\n', f", line 3: {INVALID}"),
        ('label,text\n0,one\n0,"one\n', f", line 3: {INVALID}"),
        ('"label,text\n0,one\n', f", line 1: {INVALID}"),
        # Lines inside a text count, too.
        ('label,text\n0,"one\ntwo\nthree"\n0,\n', ", line 5: label or text is empty."),
    ],
)
def test_table_that_is_refused(content: str | bytes, problem: str) -> None:
    with pytest.raises(StageError, match=f"^{re.escape('train.csv' + problem)}"):
        read_table(content)


LONG = ",".join(f"{i} {'long ' * 99}" for i in range(99))
SWAPPED = "text,label\n" + "".join(f"x,{'long ' * 9000}{i}\n" for i in range(30))


def test_several_labels_of_a_row_are_refused() -> None:
    write_files(HERE, {"train.jsonl": '{"text": "a", "label": [0, 3]}\n'})
    with pytest.raises(StageError, match=r"line 1: the column 'label' has \[0, 3\], but the label"):
        labels_in()


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (f"{LONG}\n{LONG}\n", "there is no column"),
        (SWAPPED, "has 30 different values in 30 rows.*swapped"),
    ],
)
def test_what_is_told_of_a_table_is_short(table: str, sentence: str) -> None:
    with pytest.raises(StageError, match=sentence) as caught:
        read_table(table)
    assert len(str(caught.value)) < 1000


# --- formats --------------------------------------------------------------------------------

ROWS = [("a", 'one, "two"', "g"), ("b", "naïve\nΩ", "h"), ("a", "three", "g")]


def parquet(rows: Sequence[Mapping[Any, object]]) -> bytes:
    buffer = BytesIO()
    pd.DataFrame(rows).to_parquet(buffer)
    return buffer.getvalue()


def in_each_format() -> dict[str, bytes]:
    """The same rows, by the name of the file that they are in."""
    table = pd.DataFrame(ROWS, columns=["label", "text", "group"])
    records = table.to_dict("records")
    return {
        ".csv": table.to_csv(index=False).encode(),
        ".tsv": table.to_csv(index=False, sep="\t").encode(),
        ".jsonl": "".join(json.dumps(record) + "\n" for record in records).encode(),
        ".parquet": parquet(records),
    }


@pytest.mark.parametrize("end", [".csv", ".tsv", ".jsonl", ".parquet", ".csv.gz", ".jsonl.gz"])
def test_a_table_is_the_same_in_every_format(end: str) -> None:
    content = in_each_format()[end.removesuffix(".gz")]
    content = gzip.compress(content) if end.endswith(".gz") else content
    write_files(HERE / "own", {f"train{end}": content, f"test{end}": content})
    found = labels_in(HERE / "own")
    expected = [LabelledRow(0, 'one, "two"', 0), LabelledRow(1, "naïve\nΩ", 1)]
    assert list(found.splits["train"]) == [*expected, LabelledRow(0, "three", 0)]
    assert text_in(HERE / "own")["test"] == ['one, "two"', "naïve Ω", "three"]


def test_a_split_may_be_in_several_files_and_named_otherwise() -> None:
    parts = {f"train-0000{i}-of-00002.txt": f"{i}\n" for i in (1, 0)}
    write_files(HERE / "own", {**parts, "dev.txt": "v\n", "notes.md": "", "other.txt": "o\n"})
    assert text_in(HERE / "own") == {"train": ["0", "1"], "validation": ["v"]}
    named = text_in(HERE / "own", splits={"train": "other", "validation": "train", "test": None})
    assert named == {"train": ["o"], "validation": ["0", "1"]}


def test_whole_numbers_with_a_point_are_the_same_labels() -> None:
    write_files(
        HERE, {"train.parquet": parquet([{"text": "a", "label": float(i)} for i in (2, 10)])}
    )
    assert labels_in().classes == ["2", "10"]


# --- what is held out -----------------------------------------------------------------------


def test_missing_splits_are_held_out_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    table = "".join(f"{i % 2},row {i},{i // 3}\n" for i in range(600))
    write_files(HERE / "t", {"all.csv": "label,text,group\n" + table})
    labels, text = labels_in(HERE / "t"), text_in(HERE / "t")
    assert capsys.readouterr().out.splitlines() == [
        "download: ag_news has no test split; 20% of its train rows, drawn at random, are held out "
        "as one",
        "download: wikitext-2 has no validation split; 5% of its train rows, drawn at random, are "
        "held out as one",
    ]
    train, test = (list(labels.splits[split]) for split in ("train", "test"))
    assert sorted(row.text for row in train + test) == sorted(f"row {i}" for i in range(600))
    assert 80 < len(test) < 160 and not {r.group for r in train} & {r.group for r in test}
    assert len(text["train"]) + len(text["validation"]) == 600
    assert 15 < len(text["validation"]) < 45
