"""Raw tables with their texts split into words, by all cores, on disk through ``datasets``.

A table is named for what is in it and for what splits it: so a run that follows a killed one goes
on with what that one had finished.
"""

import hashlib
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from platform import python_version
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets.exceptions import DatasetGenerationError

from stages.core.arrays import BoolArray, LongArray
from stages.core.atomic import require_whole, scratch_folder
from stages.core.console import StageError, say
from stages.core.sealed import SEAL, read_seal
from stages.core.workers import nothing_outlives_this, require_shared_memory
from stages.texts import subwords, words
from stages.texts.subwords import splitter
from stages.vectors.tokens import Splitting

SCRATCH = Path(".scratch/tokenize")
ROWS_AT_ONCE = 1000
WORTH_A_PROCESS = 5000  # rows: fewer are split sooner than another process is there
WORDS = datasets.Features({"words": datasets.List(datasets.Value("string"))})


@dataclass(frozen=True)
class Words:
    """The words of some of a table's texts, each text cut to some length.

    Iterating gives them again and again, as lists of strings of about ``ROWS_AT_ONCE`` texts, cut
    at the same places whatever number of processes made the table.

    chosen: (rows,) which; None for all. longest: words kept of each; None for all.
    """

    table: datasets.Dataset
    chosen: BoolArray | None = None
    longest: int | None = None

    def __iter__(self) -> Iterator[pa.ListArray]:
        begin = 0
        for batch in self.table.with_format("arrow").iter(ROWS_AT_ONCE):
            texts = batch["words"].combine_chunks()
            end = begin + len(texts)
            if self.chosen is not None:
                texts = texts.filter(pa.array(self.chosen[begin:end]))
            if self.longest is not None:
                texts = pc.list_slice(texts, 0, self.longest)
            yield texts
            begin = end

    def lengths(self) -> LongArray:
        """Return the number of words of each text, (texts,)."""
        none = np.empty(0, np.int64)
        return np.concatenate([none, *map(pc.list_value_length, self)], dtype=np.int64)


@contextmanager
def scratch() -> Iterator[None]:
    """Keep the folder of tables until all is done, and say where there is no room for them.

    ``datasets`` says "Not enough disk space. Needed: Unknown size ...", or hides what is wrong.
    """
    try:
        with scratch_folder(SCRATCH):
            for left_by_a_failure in SCRATCH.glob("tmp*"):
                left_by_a_failure.unlink()
            yield
    except (OSError, DatasetGenerationError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(cause, OSError):
            raise
        said = cause.strerror or str(cause).partition(". ")[0]
        raise OSError(cause.errno, said, cause.filename or str(SCRATCH)) from None


def texts_of(path: Path) -> datasets.Dataset:
    """Return a raw table's texts, mapped; raises StageError if it is missing or damaged."""
    require_whole(path)
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    cache = str(SCRATCH / read_seal(path.parent / SEAL)[path.name])
    return datasets.Dataset.from_parquet(str(path), cache_dir=cache, columns=["text"])


def split_table(path: Path, splitting: Splitting, processes: int) -> datasets.Dataset:
    """Return a raw table's texts as words, in the table's order.

    Raises:
        StageError: the table is missing or damaged, a process was killed, or none can be started.
    """
    rows = texts_of(path)
    name = _name(read_seal(path.parent / SEAL)[path.name], splitting)
    say(f"tokenize: {path.parent.name} {path.stem}: {len(rows):,} rows")
    shares = min(processes, len(rows) // WORTH_A_PROCESS)
    if shares:
        require_shared_memory()
    try:
        with nothing_outlives_this():
            return rows.map(
                partial(_split, splitting.lowercase, splitting.subwords),
                input_columns="text",
                remove_columns=rows.column_names,
                features=WORDS,
                batched=True,
                batch_size=ROWS_AT_ONCE,
                num_proc=shares or None,
                cache_file_name=str(SCRATCH / f"{name}.arrow"),
                new_fingerprint=name,
                desc=f"tokenize {path.parent.name} {path.stem}",
            )
    except RuntimeError as error:
        if "abruptly died" not in str(error):
            raise
        raise StageError(
            "one of its processes was killed (out of memory?); free some and run it again."
        ) from None


def _split(lowercase: bool, subwords: str | None, texts: Sequence[str]) -> dict[str, Any]:
    return {"words": list(map(_splitter(lowercase, subwords), texts))}


_splitter = cache(splitter)


def _name(sha256: str, splitting: Splitting) -> str:
    """Return a name made of what is in a table, and of what splits it."""
    code = [Path(module.__file__ or "").read_bytes() for module in (words, subwords)]
    about = [sha256, splitting, code, python_version(), unicodedata.unidata_version]
    return hashlib.sha256(repr(about).encode()).hexdigest()[:32]
