"""Tables on disk: CSV with one header line, read as what its columns hold and nothing else."""

import csv
import io
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from stages.files.atomic import damaged, read_text

Table = dict[str, list[Any]]  # the cells of each column

LARGEST = 2**63 - 1  # of a count, to fit an array of integers
_COUNT = re.compile(r"\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?|nan|-?inf", re.ASCII)

# csv's own limit of 131,072 characters a field is less than a long article.
csv.field_size_limit(2**31 - 1)


def read_table(
    path: Path,
    made_by: str,
    columns: Sequence[str],
    *,
    texts: Collection[str] = (),
    counts: Collection[str] = (),
    shares: Collection[str] = (),
) -> Table:
    """Read a table of ours that must have these columns.

    Args:
        path: of the CSV file.
        made_by: the stage that makes it.
        columns: in order. Those of none of the kinds below hold floats, NaN for an empty cell.
        texts: columns whose cells are text, whatever it looks like.
        counts: columns of integers, at least 0.
        shares: columns of floats between 0 and 1.

    Raises:
        StageError: it is missing or damaged, or another table.
    """
    kinds: list[Callable[[str], Any]] = [
        _text if name in texts else count_of if name in counts else _share if name in shares
        else _number
        for name in columns
    ]  # fmt: skip
    lines = csv.reader(io.StringIO(read_text(path, made_by), newline=""), strict=True)
    try:
        if next(lines, None) != list(columns):
            raise damaged(path, made_by)
        cells = [[kind(cell) for kind, cell in zip(kinds, line, strict=True)] for line in lines]
    except (ValueError, csv.Error):
        raise damaged(path, made_by) from None
    return {name: [line[place] for line in cells] for place, name in enumerate(columns)}


def _text(cell: str) -> str:
    return cell


def count_of(cell: str) -> int:
    """Return the count that a cell holds; raises ValueError if it holds none."""
    if not _COUNT.fullmatch(cell) or int(cell) > LARGEST:
        raise ValueError
    return int(cell)


def _number(cell: str) -> float:
    if not cell:
        return float("nan")
    if not _NUMBER.fullmatch(cell):
        raise ValueError
    whole = _COUNT.fullmatch(cell) and int(cell) <= LARGEST
    return int(cell) if whole else float(cell)


def _share(cell: str) -> float:
    share = _number(cell)
    if share < 0 or share > 1:
        raise ValueError
    return share
