"""Texts that are larger than memory: in parts, each in numbers of the words that it has itself.

A part is made before it is known which words of a corpus have an id, and serves every corpus
that has its texts. It is kept in a file until its stage is done; tokens are written part by part.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from stages.core.arrays import LongArray, write_array
from stages.core.atomic import whole_file
from stages.vectors.tokens import Texts


@dataclass(frozen=True)
class Part:
    """Texts whose tokens are numbers of these words."""

    words: list[str]
    texts: Texts

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> "Part":
        """Number the words of rows in the order in which they come first."""
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        tokens, ends = array("i"), array("q", [0])
        for row in rows:
            tokens.extend(map(numbers.__getitem__, row))
            ends.append(len(tokens))
        numbers.default_factory = None  # or it would hold itself, and stay in memory
        texts = Texts(np.array(tokens, np.int32), np.array(ends, np.int64))
        return cls(list(numbers), texts)


def write_part(path: Path, part: Part) -> None:
    """Write a part to a file of its own; where others remove its folder, it is not there."""
    words = np.frombuffer("\n".join(part.words).encode("utf-8"), np.uint8)
    with suppress(FileNotFoundError), whole_file(path) as file:
        np.savez(file, words=words, tokens=part.texts.tokens, offsets=part.texts.offsets)


def read_part(path: Path) -> Part | None:
    """Read what ``write_part`` wrote; None if it is not there or damaged, as its checksums tell."""
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            words, tokens, offsets = (file[name] for name in ("words", "tokens", "offsets"))
    except Exception:  # the library has errors of many kinds for a file that is not of its own
        return None
    text = words.tobytes().decode("utf-8")
    return Part(text.split("\n") if text else [], Texts(tokens, offsets))


def write_texts_in_parts(folder: Path, split: str, parts: Iterable[Texts]) -> None:
    """Write one split's tokens and offsets, of which only a part is in memory at a time."""
    tokens_path, offsets_path = (folder / f"{split}.{name}.npy" for name in ("tokens", "offsets"))
    with whole_file(tokens_path) as tokens_file, whole_file(offsets_path) as offsets_file:
        tokens, offsets = _Array(tokens_file, np.int32), _Array(offsets_file, np.int64)
        offsets.append(np.zeros(1, np.int64))
        for texts in parts:
            offsets.append(texts.offsets[1:] + tokens.length)
            tokens.append(texts.tokens)
        tokens.finish()
        offsets.finish()


def write_labelled_in_parts(
    folder: Path, split: str, parts: Iterable[Texts], labels: LongArray
) -> None:
    """Write one labelled split's ids, likewise, and its labels."""
    write_texts_in_parts(folder, split, parts)
    write_array(folder / f"{split}.labels.npy", labels)


class _Array:
    """An array of one axis in NumPy's format, whose length is known at its end."""

    def __init__(self, file: BinaryIO, kind: type[np.generic]) -> None:
        self._file = file
        self._kind = np.dtype(kind)
        self.length = 0
        file.write(self._header())

    def _header(self) -> bytes:
        header = BytesIO()
        shape = {"shape": (self.length,), "fortran_order": False, "descr": self._kind.str}
        np.lib.format.write_array_header_1_0(header, shape)
        return header.getvalue()

    def append(self, numbers: npt.NDArray[Any]) -> None:
        """Write more of it."""
        self._file.write(np.ascontiguousarray(numbers, self._kind).data)
        self.length += len(numbers)

    def finish(self) -> None:
        """Put the true length where 0 was written: NumPy leaves room for any."""
        self._file.seek(0)
        self._file.write(self._header())
