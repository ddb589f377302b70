"""A user's own folder: what is read, and which sentence says what is wrong with it."""

from pathlib import Path

import pytest

from stages.console import StageError
from stages.download import local
from stages.download.tables import LabelledText
from stages.files.raw import LabelledRow
from tests.download.corpus import write_files

HERE = Path()
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


def texts(train: str | bytes) -> list[str]:
    """Return the texts of a table, to which a row of a second class is added."""
    added = b"1,another\n"
    *rows, last = read_rows((train.encode() if isinstance(train, str) else train) + added)
    assert last.text == "another"
    return [row.text for row in rows]


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


def test_every_line_is_a_row_blank_ones_too() -> None:
    assert read_text("one\n\n two \nthree") == ["one", "", "two", "three"]


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


@pytest.mark.parametrize("content", ["", "\n\n", "  \r\n"])
def test_empty_text_file(content: str) -> None:
    assert problem_of_text(content) == "train.txt is empty; give it at least one row."


def test_text_that_is_not_utf8_is_told_by_row() -> None:
    assert problem_of_text(b"one\ntwo\ncaf\xe9\n") == (
        "train.txt, row 3: not UTF-8 text (byte 0xe9); save the file as UTF-8."
    )


def test_byte_order_mark_does_not_shift_the_row_that_is_not_utf8() -> None:
    assert "row 2: not UTF-8 text (byte 0xe9)" in problem_of_text(b"\xef\xbb\xbf1\n\xe9\n3\n4\n")


def test_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_text(b"\xef\xbb\xbfone\n") == ["one"]


def test_windows_line_ends_of_the_text() -> None:
    assert read_text("one\r\n\r\ntwo\r\n") == ["one", "", "two"]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_rare_line_separators_stay_inside_a_row(character: str) -> None:
    assert read_text(f"one{character}row\n") == [f"one{character}row"]


def test_carriage_return_inside_a_row_does_not_end_it() -> None:
    assert read_text("one\rrow\ntwo\n") == ["one row", "two"]


# --- labelled tables ----------------------------------------------------------------------


def test_plain_table() -> None:
    assert read_rows("label,text\n0,one\n1,two\n") == [
        LabelledRow(0, "one", 0),
        LabelledRow(1, "two", 1),
    ]


def test_commas_quotes_and_newlines_inside_quotes() -> None:
    assert texts('label,text\n0,"one, ""two""\nthree"\n') == ['one, "two"\nthree']


def test_columns_in_any_order_and_more_of_them() -> None:
    assert read_rows("id,text,label\n9,one,0\n8,two,1\n") == [
        LabelledRow(0, "one", 0),
        LabelledRow(1, "two", 1),
    ]


def test_byte_order_mark_before_the_columns() -> None:
    assert texts(b"\xef\xbb\xbflabel,text\n0,one\n") == ["one"]


def test_windows_line_ends_of_the_table() -> None:
    assert texts("label,text\r\n0,one\r\n1,two\r\n") == ["one", "two"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_inside_a_text_are_the_same_from_every_system(line_end: str) -> None:
    assert texts(f'label,text\n0,"one{line_end}two"\n') == ["one\ntwo"]


def test_line_separator_inside_a_text() -> None:
    assert texts("label,text\n0,one\u2028two\n") == ["one\u2028two"]


def test_text_longer_than_the_limit_of_csv() -> None:
    article = "word " * 40_000 + "end"
    assert texts(f"label,text\n0,{article}\n") == [article]


def test_blank_lines_are_no_rows() -> None:
    assert texts("label,text\n\n0,one\n\n") == ["one"]


def test_edges_are_stripped() -> None:
    assert read_rows("label,text\n 0 ,  one \n1,two\n")[0] == LabelledRow(0, "one", 0)


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


def test_table_with_a_column_twice() -> None:
    assert problem_of_table("label,text,text\n0,one,two\n") == (
        "train.csv: has the column 'text' 2 times; keep one."
    )


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_empty_table(content: str) -> None:
    assert problem_of_table(content) == "train.csv is empty; give it at least one row."


def test_table_without_rows() -> None:
    assert problem_of_table("label,text\n") == "train.csv has no rows below its first line."


@pytest.mark.parametrize("row", [",text", "0,", "  ,text", "0,   ", "0"])
def test_empty_label_or_text_is_told_by_line(row: str) -> None:
    assert problem_of_table(f"label,text\n0,one\n{row}\n") == (
        "train.csv, line 3: label or text is empty."
    )


def test_table_that_is_not_utf8_is_told_by_row() -> None:
    assert problem_of_table(b"label,text\n0,one\n1,caf\xe9\n") == (
        "train.csv, row 3: not UTF-8 text (byte 0xe9); save the file as UTF-8."
    )


def test_text_with_commas_but_no_quotes_is_not_cut_off() -> None:
    problem = problem_of_table("label,text\n0,one\n1,two, three\n")
    assert problem.startswith("train.csv, line 3: more fields than columns")


@pytest.mark.parametrize("row", ['0,"one"two', '0,"one'])
def test_broken_quotes_are_told_by_line(row: str) -> None:
    problem = problem_of_table(f"label,text\n0,one\n{row}\n")
    assert problem.startswith("train.csv, line ")
    assert "not valid CSV" in problem


def test_broken_quotes_in_the_first_line() -> None:
    assert problem_of_table('"label,text\n0,one\n').startswith(
        "train.csv, line 1: the row that begins here is not valid CSV"
    )
