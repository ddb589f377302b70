"""Raw texts as parts: made by all cores, kept in files, read one by one.

A part's file is named for all that decides what is in it. So a stage that was killed finds, when
it is run again, the parts that it had made, and two that run at once may share them: whoever
misses a part makes it. They are gone when a stage has succeeded.
"""

import hashlib
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from platform import python_version

import numpy as np

from stages.core.arrays import BoolArray
from stages.core.console import progress
from stages.core.workers import in_processes
from stages.texts import parts as stored
from stages.texts import words as splitter
from stages.texts.parts import Part, read_part, write_part
from stages.texts.raw import Span, read_span
from stages.texts.words import words
from stages.vectors.tokens import Texts

SCRATCH = Path(".scratch/tokenize")
KEPT_DAYS = 7  # without being asked for: its text or settings will not come back


@dataclass(frozen=True)
class Selection:
    """Some of a table's texts, each cut to some length: read part by part, again and again.

    rows: (texts,) which; None for all. longest: tokens kept of each; None for all.
    """

    spans: Sequence[Span]
    lowercase: bool
    rows: BoolArray | None = None
    longest: int | None = None

    def __iter__(self) -> Iterator[Part]:
        begin = 0
        for span in self.spans:
            part = part_of(span, self.lowercase)
            texts, end = part.texts, begin + len(part.texts)
            if self.rows is not None:
                texts = texts.take(np.flatnonzero(self.rows[begin:end]))
            if self.longest is not None:
                texts = cut(texts, self.longest)
            yield Part(part.words, texts)
            begin = end


def cut(texts: Texts, longest: int) -> Texts:
    """Return texts without what they have beyond a number of tokens."""
    lengths = texts.lengths
    place = np.arange(len(texts.tokens)) - np.repeat(texts.offsets[:-1], lengths)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.minimum(lengths, longest))])
    return Texts(texts.tokens[place < longest], offsets)


def make_parts(spans: Sequence[Span], lowercase: bool, workers: int) -> None:
    """Make the parts of all spans in so many processes, showing progress."""
    if not spans:
        return
    with progress(range(0), "tokenize", "B", total=sum(map(len, spans))) as bar:
        for done in in_processes(partial(_make, lowercase), spans, workers, _nothing):
            bar.update(done)


def forget_parts(spans: Sequence[Span], lowercase: bool) -> None:
    """Remove the parts of spans, whole or half-written, and those that nobody came back for."""
    own = {_file(span, lowercase).name for span in spans}
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for path in SCRATCH.iterdir() if SCRATCH.is_dir() else ():
        with suppress(OSError):  # another stage ends at this moment
            if (
                path.name.strip(".").removesuffix(".partial") in own
                or path.stat().st_mtime < oldest
            ):
                path.unlink()


def part_of(span: Span, lowercase: bool) -> Part:
    """Return a span's part, which is made only if it was not yet."""
    path = _file(span, lowercase)
    part = read_part(path)
    if part is None:
        part = Part.of(words(text, lowercase) for text in read_span(span))
        write_part(path, part)
    return part


def _make(lowercase: bool, span: Span) -> int:
    part_of(span, lowercase)
    return len(span)


def _file(span: Span, lowercase: bool) -> Path:
    """Return a name made of what is in a span, and of what splits it."""
    about = [span.path.suffix, span.sha256, span.begin, span.end, lowercase, _code()]
    return SCRATCH / f"{hashlib.sha256(repr(about).encode()).hexdigest()[:32]}.npz"


@cache
def _code() -> str:
    """Return what tells apart the programs that split text."""
    sources = (splitter.__file__, stored.__file__)
    known = hashlib.sha256(b"".join(Path(path).read_bytes() for path in sources))
    return f"{known.hexdigest()} {python_version()} {unicodedata.unidata_version}"


def _nothing() -> None:
    """Prepare nothing: a forked process has all it needs."""
