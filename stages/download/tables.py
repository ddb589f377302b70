"""The canonical form of the raw data, the same whichever source it came from.

Rows are never all in memory: a source gives them one by one, as often as they are asked for.
"""

import hashlib
import unicodedata
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from stages.core.console import printable
from stages.texts.raw import LabelledRow

Row = TypeVar("Row")


class Tally(Generic[Row]):
    """How many rows went by, and the SHA-256 of them all."""

    def __init__(self) -> None:
        """Begin with no row."""
        self.rows = 0
        self._known = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of the rows so far."""
        return self._known.hexdigest()

    def over(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows as they are, taking note of each."""
        for row in rows:
            self.note(row)
            yield row

    def note(self, row: Row) -> None:
        """Take note of a row."""
        self._known.update(f"{row}\n".encode())
        self.rows += 1


class LabelledTally(Tally[LabelledRow]):
    """The same of labelled rows, each written as label, tab, text; and what is in each.

    labels: how many of each label. texts: 64 bits of the hash of each row's text. of_texts: labels.
    """

    def __init__(self) -> None:
        """Begin with no row."""
        super().__init__()
        self.labels: Counter[int] = Counter()
        self.texts, self.of_texts = array("Q"), array("q")

    def note(self, row: LabelledRow) -> None:
        """Take note of a row."""
        self._known.update(f"{row.label}\t{row.text}\n".encode())
        self.rows += 1
        self.labels[row.label] += 1
        digest = hashlib.blake2b(row.text.encode(), digest_size=8).digest()
        self.texts.append(int.from_bytes(digest))
        self.of_texts.append(row.label)

    def per_class(self, classes: int) -> list[int]:
        """Return the number of rows of each class."""
        return [self.labels[label] for label in range(classes)]


@dataclass(frozen=True)
class PretrainText:
    """Unlabelled text: rows by split (``train``, ``validation`` and perhaps ``test``)."""

    splits: Mapping[str, Iterable[str]]

    @cached_property
    def tallies(self) -> dict[str, Tally[str]]:
        """What is known of each split, once all its rows were read: which may refuse one."""
        return {split: text_tally(rows) for split, rows in self.splits.items()}


@dataclass(frozen=True)
class LabelledText:
    """Labelled text: class names in label order, and rows by split (``train``, ``test``)."""

    classes: list[str]
    splits: Mapping[str, Iterable[LabelledRow]]

    @cached_property
    def tallies(self) -> dict[str, LabelledTally]:
        """What is known of each split, once all its rows were read: which may refuse one."""
        return {split: labelled_tally(rows) for split, rows in self.splits.items()}


def repeats(train: LabelledTally, test: LabelledTally) -> dict[str, int]:
    """Count the test rows whose text train has too, and the texts that have several labels."""
    texts = np.array(train.texts + test.texts, np.uint64)
    labels = np.array(train.of_texts + test.of_texts, np.uint64)
    of_labels, _ = np.unique(np.stack([texts, labels]), axis=1)
    _, different = np.unique(of_labels, return_counts=True)
    return {
        "test_rows_that_train_has": int(np.isin(test.texts, train.texts).sum()),
        "texts_with_several_labels": int((different > 1).sum()),
    }


def text_tally(rows: Iterable[str]) -> Tally[str]:
    """Read all rows, and return what is known of them."""
    tally = Tally[str]()
    deque(tally.over(rows), maxlen=0)
    return tally


def labelled_tally(rows: Iterable[LabelledRow]) -> LabelledTally:
    """Read all labelled rows, and return what is known of them."""
    tally = LabelledTally()
    deque(tally.over(rows), maxlen=0)
    return tally


def canonical_text(row: str) -> str:
    """Strip a row and give it Unix line ends, so that its source leaves no trace."""
    row = row.strip()
    return row.replace("\r\n", "\n").replace("\r", "\n") if "\r" in row else row


def canonical_label(name: str) -> str:
    r"""Return a class's name in Unicode's composed form, without invisible characters.

    So that it is one class however its letters were typed, and can stand in any table, figure or
    terminal: an escape character comes out as the four letters ``\x1b``.
    """
    return printable(unicodedata.normalize("NFC", name.strip()))


def one_line(row: str) -> str:
    """Return a canonical row without line breaks, to be stored on one line."""
    return canonical_text(row).replace("\n", " ")
