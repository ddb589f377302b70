"""The canonical form of the raw data, the same whichever source it came from."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stages.console import printable
from stages.files.atomic import sha256
from stages.files.raw import LabelledRow


@dataclass(frozen=True)
class PretrainText:
    """Unlabelled text: rows by split (``train``, ``validation`` and perhaps ``test``)."""

    splits: dict[str, list[str]]


@dataclass(frozen=True)
class LabelledText:
    """Labelled text: class names in label order, and rows by split (``train``, ``test``)."""

    classes: list[str]
    splits: dict[str, list[LabelledRow]]


def canonical_text(rows: Sequence[str]) -> list[str]:
    """Strip each row and give it Unix line ends, so that its source leaves no trace."""
    return [row.strip().replace("\r\n", "\n").replace("\r", "\n") for row in rows]


def canonical_label(name: str) -> str:
    r"""Return a class's name in Unicode's composed form, with no character that is none to see.

    So that it is one class however its letters were typed, and can stand in any table, figure or
    terminal: an escape character comes out as the four letters ``\x1b``.
    """
    return printable(unicodedata.normalize("NFC", name.strip()))


def one_line(rows: Sequence[str]) -> list[str]:
    """Return canonical rows without line breaks, to be stored one a line."""
    return [row.replace("\n", " ") for row in canonical_text(rows)]


def text_sha256(rows: Sequence[str]) -> str:
    """Return the SHA-256 of canonical rows, each followed by a newline."""
    return sha256("".join(f"{row}\n" for row in rows).encode("utf-8"))


def labelled_sha256(rows: Sequence[LabelledRow]) -> str:
    """Return the SHA-256 of labelled rows, each written as label, tab, text, newline."""
    return sha256("".join(f"{row.label}\t{row.text}\n" for row in rows).encode("utf-8"))


def class_counts(rows: Sequence[LabelledRow], classes: int) -> list[int]:
    """Return the number of rows of each class."""
    counts = Counter(row.label for row in rows)
    return [counts[label] for label in range(classes)]
