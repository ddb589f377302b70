"""A user's own folder: what is read, and which sentence says what is wrong with it."""

import gzip
import json
import re
from collections.abc import Iterable, Mapping, Sequence
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
from stages.download.tables import LabelledText, PretrainText
from stages.texts.params import DownstreamParams
from stages.texts.raw import LabelledRow
from tests.download.corpus import write_files
from tests.support import make_params

HERE = Path()
NOT_UTF8 = ", row 3: not UTF-8 text (byte 0xe9); save the file as UTF-8."


def text_in(folder: Path = HERE, **changes: object) -> PretrainText:
    params = make_params({f"data.pretrain.{key}": value for key, value in changes.items()})
    given = params.data.pretrain
    return plain_text(given, local.splits_of(folder, given.splits.model_dump()))


def params_of_labels(changes: dict[str, object]) -> DownstreamParams:
    changed = {f"data.downstream.{key}": value for key, value in changes.items()}
    return make_params(changed).data.downstream


def labels_in(
    folder: Path = HERE, classes: list[str] | None = None, **changes: object
) -> LabelledText:
    given = params_of_labels(changes)
    splits = local.splits_of(folder, given.splits.model_dump())
    return labelled_text(given, splits, classes, published=False)


def read_text(train: str | bytes) -> list[str]:
    write_files(HERE, {"train.txt": train, "valid.txt": "a row\n"})
    text = text_in()
    assert text.tallies["train"].rows == len(list(text.splits["train"]))
    return list(text.splits["train"])


def read_table(
    train: str | bytes, test: str | bytes | None = None, classes: list[str] | None = None
) -> LabelledText:
    write_files(HERE, {"train.csv": train, "test.csv": train if test is None else test})
    table = labels_in(classes=classes)
    assert table.tallies["train"].rows == len(list(table.splits["train"]))
    return table


def read_rows(train: str | bytes) -> list[LabelledRow]:
    return list(read_table(train).splits["train"])


def rows_of(splits: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {split: list(rows) for split, rows in splits.items()}


def problem_of_table(
    train: str | bytes, test: str | bytes | None = None, classes: list[str] | None = None
) -> str:
    with pytest.raises(StageError) as caught:
        read_table(train, test, classes)
    return str(caught.value)


# --- pre-training text --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, r"^own has no file that ends in \.txt, \.csv,"),
        ({"test.txt": "a\n"}, "^own has no file for the split 'train'"),
        (
            {"train.txt": "a\n", "train.csv": "text\na\n"},
            r"several formats \(train\.csv, train\.txt",
        ),
        (None, r"^own is not a folder; W2V_DATA_DIR must point at"),
    ],
)
def test_folder_without_the_rows_to_train_on(files: dict[str, str] | None, sentence: str) -> None:
    if files is not None:
        write_files(HERE / "own", files)
    with pytest.raises(StageError, match=sentence):
        text_in(HERE / "own")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        *((empty, " is empty; give it at least one row.") for empty in ("", "\n\n", "  \r\n")),
        (b"one\ntwo\ncaf\xe9\n", NOT_UTF8),
        (b"\xef\xbb\xbf1\n2\n\xe9\n4\n", NOT_UTF8),  # a byte order mark shifts no row
    ],
)
def test_text_that_is_refused(content: str | bytes, problem: str) -> None:
    with pytest.raises(StageError) as caught:
        read_text(content)
    assert str(caught.value) == f"train.txt{problem}"


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
    assert read_text(content) == rows


# --- labelled tables ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        "label,text\n0,one\n1,two\n",
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


# --- groups -------------------------------------------------------------------------------


def test_rows_of_a_group_share_its_number_and_others_have_one_of_their_own() -> None:
    table = read_rows("label,text,group\n0,one,b\n0,two,a\n1,three,b\n0,four,\n1,five,\n")
    assert [row.group for row in table] == [0, 1, 0, 2, 3]


# --- classes ------------------------------------------------------------------------------


def test_own_class_names_in_natural_order() -> None:
    table = read_table("label,text\npear,a\n10,b\n9,c\napple,d\n2,e\n")
    assert table.classes == ["2", "9", "10", "apple", "pear"]
    assert [row.label for row in table.splits["train"]] == [4, 2, 1, 3, 0]


def test_labels_of_equal_value_have_an_order_too() -> None:
    # An order left to chance would change with the hash seed of the process.
    names = ["1", "01", "001", "0001", "00001", "9" * 5000]
    table = read_table("label,text\n" + "".join(f"{name},a\n" for name in names))
    assert table.classes == sorted(names)


def test_line_numbers_count_the_lines_inside_a_text() -> None:
    table = 'label,text\n0,"one\ntwo\nthree"\n7,four\n'
    assert "train.csv, line 5: unknown label '7'" in problem_of_table(table, classes=["x"])


def test_the_columns_that_there_are_come_few_and_short() -> None:
    heads = ",".join(f"{i} {'long ' * 99}" for i in range(99))
    assert len(problem_of_table(f"{heads}\n{heads}\n")) < 1000


# --- broken tables ------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "missing"), [("class,text", "label"), ("label,body", "text")])
def test_table_without_a_column(columns: str, missing: str) -> None:
    assert problem_of_table(f"{columns}\n0,one\n") == (
        f"train.csv, line 2: there is no column {missing!r} (there are "
        f"{', '.join(columns.split(','))}); name the columns in params.yaml "
        "(text and label, in data)."
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("label,text,text\n0,one,two\n", ": has the column 'text' 2 times; keep one."),
        *((empty, " is empty; give it at least one row.") for empty in ("", "\n\n")),
        *(
            (f"label,text\n{none}", " has no rows below its first line.")
            for none in ("", ",\n,,\n")
        ),
        *(
            (f"label,text\n0,one\n{row}\n", ", line 3: label or text is empty.")
            for row in (",text", "0,", "  ,text", "0,   ", "0")
        ),
        (b"label,text\n0,one\n1,caf\xe9\n", NOT_UTF8),
    ],
)
def test_table_that_is_refused(content: str | bytes, problem: str) -> None:
    assert problem_of_table(content) == f"train.csv{problem}"


@pytest.mark.parametrize(
    ("content", "beginning"),
    [
        ("label,text\n0,one\n1,two, three\n", ", line 3: more fields than columns"),
        ('label,text\n0,one\n0,"one"two\n', ", line 3: the row that begins here is not valid CSV"),
        ('label,text\n0,one\n0,"one\n', ", line 3: the row that begins here is not valid CSV"),
        ('"label,text\n0,one\n', ", line 1: the row that begins here is not valid CSV"),
    ],
)
def test_broken_rows_are_told_by_line(content: str, beginning: str) -> None:
    assert problem_of_table(content).startswith(f"train.csv{beginning}")


# --- formats --------------------------------------------------------------------------------

ROWS = [("a", 'one, "two"', "g"), ("b", "naïve\nΩ", "h"), ("a", "three", "g")]


def parquet(rows: Sequence[Mapping[Any, object]]) -> bytes:
    buffer = BytesIO()
    pd.DataFrame(rows).to_parquet(buffer)
    return buffer.getvalue()


def not_utf8() -> bytes:
    buffer = BytesIO()
    texts = pa.array([b"\xe9"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": texts}), buffer)
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
    assert list(text_in(HERE / "own").splits["test"]) == ['one, "two"', "naïve Ω", "three"]


def test_a_split_may_be_in_several_files_and_named_otherwise() -> None:
    parts = {f"train-0000{i}-of-00002.txt": f"{i}\n" for i in (1, 0)}
    write_files(HERE / "own", {**parts, "dev.txt": "v\n", "notes.md": "", "other.txt": "o\n"})
    found = text_in(HERE / "own").splits
    assert rows_of(found) == {"train": ["0", "1"], "validation": ["v"]}
    named = text_in(HERE / "own", splits={"train": "other", "validation": "train", "test": None})
    assert rows_of(named.splits) == {"train": ["o"], "validation": ["0", "1"]}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("train.jsonl", '{"text": "a"}\n{"text": \n', "train.jsonl, line 2: not JSON (Expecting"),
        ("train.jsonl", '{"text": "a"}\n[1]\n', "train.jsonl, line 2: not a JSON object"),
        ("train.jsonl", '{"text": 5}\n', "line 1: the column 'text' has 5, which is not text"),
        ("train.parquet", b"PAR1 and no more", "train.parquet is not whole Parquet ("),
        ("train.parquet", not_utf8(), "train.parquet is not whole Parquet ('utf-8' codec"),
        ("train.txt.gz", b"no gzip", "train.txt.gz is not whole gzip ("),
        (
            "train.txt.gz",
            gzip.compress(b"a row\n" * 99, mtime=0)[:-9],
            "train.txt.gz is not whole gzip (",
        ),
        ("train.csv", "version https://git-lfs.github.com/spec/v1\n", "Git LFS's pointer"),
        ("train.txt", "\n<!DOCTYPE html>\n<html>\n", "train.txt is a web page"),
    ],
)
def test_what_is_not_data_is_refused(name: str, content: str | bytes, sentence: str) -> None:
    write_files(HERE, {name: content})
    with pytest.raises(StageError, match=re.escape(sentence)):
        assert text_in().tallies


def test_columns_and_labels_have_the_names_that_are_given() -> None:
    table = "title,body,topic\nOne,two,1\n,three,0\n"
    write_files(HERE, {"train.csv": table, "test.csv": table})
    found = labels_in(text=["title", "body"], label="topic", classes=["no", "yes"])
    assert found.classes == ["no", "yes"]
    expected = [LabelledRow(1, "One two", 0), LabelledRow(0, "three", 1)]
    assert list(found.splits["train"]) == expected


def test_whole_numbers_with_a_point_are_the_same_labels() -> None:
    write_files(
        HERE, {"train.parquet": parquet([{"text": "a", "label": float(i)} for i in (2, 10)])}
    )
    assert labels_in().classes == ["2", "10"]


def test_several_labels_of_a_row_are_refused() -> None:
    write_files(HERE, {"train.jsonl": '{"text": "a", "label": [0, 3]}\n'})
    with pytest.raises(StageError, match=r"line 1: the column 'label' has \[0, 3\], but the label"):
        labels_in()


def test_swapped_columns_are_refused_with_a_few_short_values() -> None:
    table = "text,label\n" + "".join(f"x,{'long ' * 9000}{i}\n" for i in range(30))
    with pytest.raises(StageError, match=r"has 30 different values in 30 rows.*swapped") as caught:
        read_table(table)
    assert len(str(caught.value)) < 600


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
    assert len(list(text.splits["train"])) + len(list(text.splits["validation"])) == 600
    assert 15 < len(list(text.splits["validation"])) < 45
