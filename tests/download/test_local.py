"""A user's own folder: what is read, and which sentence says what is wrong with it."""

from pathlib import Path

import pytest

from stages.core.console import StageError
from stages.download import local
from stages.download.tables import LabelledText
from stages.texts.raw import LabelledRow
from tests.download.corpus import write_files

HERE = Path()
NOT_UTF8 = ", row 3: not UTF-8 text (byte 0xe9); save the file as UTF-8."
FOUR_CLASSES = ["World", "Sports", "Business", "Sci/Tech"]


def read_text(train: str | bytes) -> list[str]:
    write_files(HERE, {"train.txt": train, "valid.txt": "a row\n"})
    text = local.load_pretrain(HERE)
    assert text.tallies["train"].rows == len(list(text.splits["train"]))
    return list(text.splits["train"])


def read_table(
    train: str | bytes, test: str | bytes | None = None, classes: list[str] | None = None
) -> LabelledText:
    write_files(HERE, {"train.csv": train, "test.csv": train if test is None else test})
    table = local.load_downstream(HERE, classes)
    assert table.tallies["train"].rows == len(list(table.splits["train"]))
    return table


def read_rows(train: str | bytes) -> list[LabelledRow]:
    return list(read_table(train).splits["train"])


def problem_of_text(train: str | bytes) -> str:
    with pytest.raises(StageError) as caught:
        read_text(train)
    return str(caught.value)


def problem_of_table(
    train: str | bytes, test: str | bytes | None = None, classes: list[str] | None = None
) -> str:
    with pytest.raises(StageError) as caught:
        read_table(train, test, classes)
    return str(caught.value)


# --- pre-training text --------------------------------------------------------------------


def test_test_split_of_the_text_is_optional() -> None:
    write_files(HERE, {"train.txt": "a\n", "valid.txt": "b\n"})
    found = local.load_pretrain(HERE).splits
    assert {split: list(rows) for split, rows in found.items()} == {
        "train": ["a"],
        "validation": ["b"],
    }
    write_files(HERE, {"test.txt": "c\n"})
    assert list(local.load_pretrain(HERE).splits["test"]) == ["c"]


@pytest.mark.parametrize("split", ["train", "valid"])
def test_missing_text_file_is_named(split: str) -> None:
    write_files(HERE, {"train.txt": "a\n", "valid.txt": "b\n"})
    (HERE / f"{split}.txt").unlink()
    with pytest.raises(StageError, match=rf"^{split}\.txt is missing; W2V_DATA_DIR must point at"):
        assert local.load_pretrain(HERE).tallies


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        *((empty, " is empty; give it at least one row.") for empty in ("", "\n\n", "  \r\n")),
        (b"one\ntwo\ncaf\xe9\n", NOT_UTF8),
        (b"\xef\xbb\xbf1\n2\n\xe9\n4\n", NOT_UTF8),  # a byte order mark shifts no row
    ],
)
def test_text_that_is_refused(content: str | bytes, problem: str) -> None:
    assert problem_of_text(content) == f"train.txt{problem}"


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


def test_rows_of_a_group_share_its_number() -> None:
    table = read_rows("label,text,group\n0,one,b\n0,two,a\n1,three,b\n")
    assert [row.group for row in table] == [0, 1, 0]


def test_rows_without_a_group_are_groups_of_their_own() -> None:
    table = read_rows("label,text,group\n0,one,a\n0,two,\n1,three,\n")
    assert [row.group for row in table] == [0, 1, 2]


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


def test_labels_of_a_known_data_set_are_numbers_of_its_classes() -> None:
    table = read_table("label,text\n3,one\n0,two\n", classes=FOUR_CLASSES)
    assert table.classes == FOUR_CLASSES
    assert [row.label for row in table.splits["train"]] == [3, 0]


def test_unknown_label_of_a_known_data_set() -> None:
    assert problem_of_table("label,text\n0,one\n4,two\n", classes=FOUR_CLASSES) == (
        "train.csv, line 3: unknown label '4'; known are 0, 1, 2, 3."
    )


def test_label_that_only_the_test_split_has() -> None:
    assert problem_of_table("label,text\na,one\nb,two\n", "label,text\na,one\nc,two\n") == (
        "test.csv, line 3: unknown label 'c'; known are a, b."
    )


def test_line_numbers_count_the_lines_inside_a_text() -> None:
    table = 'label,text\n0,"one\ntwo\nthree"\n7,four\n'
    assert "train.csv, line 5: unknown label '7'" in problem_of_table(table, classes=["x"])


# --- broken tables ------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["train", "test"])
def test_missing_table_is_named(split: str) -> None:
    write_files(HERE, {f"{s}.csv": "label,text\n0,a\n" for s in ("train", "test")})
    (HERE / f"{split}.csv").unlink()
    with pytest.raises(StageError, match=rf"^{split}\.csv is missing; W2V_DATA_DIR must point at"):
        local.load_downstream(HERE, None)


@pytest.mark.parametrize(
    ("columns", "missing"), [("class,text", "label"), ("label,body", "text"), ("0", "label")]
)
def test_table_without_a_column(columns: str, missing: str) -> None:
    assert problem_of_table(f"{columns}\n0,one\n") == (
        f"train.csv: has no column {missing!r} (its first line gives "
        f"{', '.join(columns.split(','))}); the first line must be 'label,text'."
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("label,text,text\n0,one,two\n", ": has the column 'text' 2 times; keep one."),
        *((empty, " is empty; give it at least one row.") for empty in ("", "\n\n")),
        ("label,text\n", " has no rows below its first line."),
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
