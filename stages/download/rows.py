"""From the records of a source to canonical rows: which columns, which label, which split.

A record has a value for each column. Whatever gives records, files or the Hub, can say where each
is, gives them one by one, and again as often as they are asked for.
"""

import random
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from reprlib import Repr
from typing import Any, Generic, Protocol, TypeVar

from stages.core.console import StageError, say
from stages.download.tables import canonical_label, canonical_text, one_line
from stages.texts.params import DownstreamParams
from stages.texts.raw import LabelledRow

VALIDATION_SHARE = 1 / 20  # of unlabelled rows, where no split has that name
TEST_SHARE = 1 / 5  # of labelled groups, likewise
Row = TypeVar("Row")

_shortly = Repr()
_shortly.maxstring = _shortly.maxother = 60  # a value may be megabytes


class Records(Protocol):
    """The records of a split, each with its number."""

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield them."""
        ...

    def where(self, number: int) -> str:
        """Return words for the place of a record: a file and a line, say."""
        ...


def located(parts: Sequence[Records]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the place and the record, of one part after the other."""
    for records in parts:
        for number, record in records:
            yield records.where(number), record


def text_of(record: Mapping[str, Any], columns: Sequence[str], where: str) -> str:
    """Return the texts of some columns, joined by a space.

    Raises:
        StageError: a column is not there, or has something else than text.
    """
    texts = []
    for column in columns:
        if column not in record:
            raise no_column(column, record, where)
        value = record[column]
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise StageError(
                f"{where}: the column {column!r} has {_shortly.repr(value)}, which is not text; "
                "name the columns with the text in params.yaml (text, in data)."
            )
        texts.append(value)
    return " ".join(filter(None, texts)) if len(texts) > 1 else texts[0]


def no_column(column: str, record: Mapping[str, Any], where: str) -> StageError:
    """Return the error for a column that is not there."""
    names = [textwrap.shorten(str(name), 40, placeholder="...") for name in record]
    there = ", ".join(names[:20]) + ", ..." * (len(names) > 20)
    return StageError(
        f"{where}: there is no column {column!r} (there are {there}); name the columns in "
        "params.yaml (text and label, in data)."
    )


@dataclass(frozen=True)
class TextRows:
    """The canonical rows of an unlabelled split, which may be in several files."""

    parts: Sequence[Records]
    columns: Sequence[str]

    def __iter__(self) -> Iterator[str]:
        for where, record in located(self.parts):
            yield one_line(text_of(record, self.columns, where))


@dataclass(frozen=True)
class LabelledRows:
    """The canonical rows of a labelled split, which may be in several files.

    ids: the number of each label, as it is written. published: whether a row may have no text, and
    -1 for a label that is hidden.
    """

    parts: Sequence[Records]
    params: DownstreamParams
    ids: Mapping[str, int]
    published: bool

    def __iter__(self) -> Iterator[LabelledRow]:
        groups: dict[str, int] = {}  # those that have a name; a row without is one of its own
        alone = 0
        for where, record in located(self.parts):
            label = label_of(record, self.params.label, where)
            text = canonical_text(text_of(record, self.params.text_columns, where))
            if not label or not (text or self.published):
                raise StageError(f"{where}: label or text is empty.")
            if label not in self.ids:
                known = ", ".join(list(self.ids)[:20])
                raise StageError(
                    f"{where}: unknown label {_shortly.repr(label)}; known are {known}."
                )
            name, group = record.get(self.params.group), len(groups) + alone
            if name is None or name == "":
                alone += 1
            else:
                group = groups.setdefault(str(name), group)
            yield LabelledRow(self.ids[label], text, group)


def label_of(record: Mapping[str, Any], column: str, where: str) -> str:
    """Return a record's label as it is written, empty if it has none.

    Raises:
        StageError: the column is not there, or has several labels.
    """
    if column not in record:
        raise no_column(column, record, where)
    label = record[column]
    if isinstance(label, list | dict):
        raise StageError(
            f"{where}: the column {column!r} has {_shortly.repr(label)}, but the label of a row "
            "must be one word or number."
        )
    return written_label(label)


def written_label(value: object) -> str:
    """Return a label as it is written: a whole number without a point, and nothing for none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a table of numbers in which one is missing has points in all
    return "" if value is None else canonical_label(str(value))


def distinct_labels(parts: Sequence[Records], column: str) -> list[str]:
    """Return all labels of a split, in natural order.

    Raises:
        StageError: there are nearly as many as rows.
    """
    found: set[str] = set()
    rows = 0
    for where, record in located(parts):
        found.add(label_of(record, column, where))
        rows += 1
    found.discard("")
    labels = sorted(found, key=_natural_order)
    if len(labels) > max(rows // 2, 10):
        some = ", ".join(map(_shortly.repr, labels[:3]))
        raise StageError(
            f"{where}: the column {column!r} has {len(labels):,} different values in "
            f"{rows:,} rows up to here ({some}, ...), too many for classes; perhaps two columns "
            "are swapped. Name the one with the labels in params.yaml (data.downstream.label)."
        )
    return labels


def _natural_order(label: str) -> tuple[int, str]:
    number = label.isdecimal() and len(label) <= 18  # Python refuses thousands of digits
    return (int(label) if number else 10**18, label)


def ids_of_names(classes: Sequence[str]) -> dict[str, int]:
    """Return the number of each label where the classes are known: a label is number or name."""
    names = {canonical_label(name): i for i, name in enumerate(classes)}
    return {str(i): i for i in range(len(classes))} | names


@dataclass(frozen=True)
class Part(Generic[Row]):
    """What is held out of rows at random, or what is left.

    share: of the groups, held out. Rows without a group, which are texts, are drawn one by one.
    """

    rows: Iterable[Row]
    share: float
    held_out: bool

    def __iter__(self) -> Iterator[Row]:
        draw = random.Random(0).random
        drawn: list[bool] = []
        for number, row in enumerate(self.rows):
            group = row.group if isinstance(row, LabelledRow) else number
            while group >= len(drawn):
                drawn.append(draw() < self.share)
            if drawn[group] == self.held_out:
                yield row


def hold_out(name: str, found: dict[str, Iterable[Row]], split: str, share: float) -> None:
    """Hold a split out of train, and say it, if a data set has none of that name."""
    if split not in found:
        say(
            f"download: {name} has no {split} split; {share:.0%} of its train rows, drawn at "
            "random, are held out as one"
        )
        rows = found["train"]
        found[split], found["train"] = Part(rows, share, True), Part(rows, share, False)


@dataclass(frozen=True)
class Unlabelled:
    """The texts of labelled rows."""

    rows: Iterable[LabelledRow]

    def __iter__(self) -> Iterator[str]:
        for row in self.rows:
            yield one_line(row.text)
