"""Which column of a user's files has the labels, and which the text: by its name, or a guess."""

import textwrap
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from stages.core.console import StageError
from stages.download.rows import Records, located, written_label

MOST_CLASSES = 200
Guess = tuple[str, str]  # the column, and why


class Columns(NamedTuple):
    """What some rows have, by column: different values, as many as matter, and characters."""

    rows: int
    values: dict[str, set[str]]
    characters: Counter[str]

    def text(self, key: str, label: str) -> Guess:
        """Return ``text``, or else the column with the longest texts.

        Args:
            key: the parameter that names it.
            label: a column that it is not.

        Raises:
            StageError: there is none.
        """
        if "text" in self.values:
            return "text", "the column of that name"
        sizes = {name: size for name, size in self.characters.items() if size and name != label}
        if not sizes:
            raise self._unclear(key, "none has text")
        return max(sizes, key=lambda n: sizes[n]), f"guessed: the longest; else: -S {key}=COLUMN"

    def label(self, key: str, text: Sequence[str]) -> Guess:
        """Return ``label``, or else the only column with few values; ``text`` is not it.

        Raises:
            StageError: none has few, or several, or the first line is not one of names.
        """
        if "label" in self.values:
            return "label", "the column of that name"
        most = min(MOST_CLASSES, self.rows // 10)
        sizes = {name: len(values) for name, values in self.values.items() if name not in text}
        few = [name for name, size in sizes.items() if 2 <= size <= most]
        if len(few) != 1:
            raise self._unclear(key, f"{len(few)} have from 2 to {most} different values")
        if few[0] in self.values[few[0]]:
            raise StageError(
                f"the first line ({textwrap.shorten(', '.join(self.values), 80)}) looks like a "
                "row; put the names of the columns above it: label,text."
            )
        found = f"{sizes[few[0]]} values in {self.rows:,} rows"
        return few[0], f"guessed: {found}; else: -S {key}=COLUMN"

    def _unclear(self, key: str, why: str) -> StageError:
        return StageError(
            f"{key} cannot be guessed ({why}); the columns are {', '.join(self.values)}. Name it "
            f'with -S {key}=COLUMN, or for make: SET="-S {key}=COLUMN".'
        )


def columns_of(files: Sequence[Records], most: int | None = None) -> Columns:
    """Return what the first ``most`` rows have, or all."""
    values, rows, characters = defaultdict[str, set[str]](set), 0, Counter[str]()
    for _, record in islice(located(files), most):
        rows += 1
        for name, value in record.items():
            characters[name] += len(value) if isinstance(value, str) else 0
            seen = values[name]
            if len(seen) <= MOST_CLASSES and value not in (None, ""):
                seen.add(written_label(value)[:100])
    return Columns(rows, values, characters)
