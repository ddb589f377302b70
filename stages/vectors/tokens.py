"""``data/tokens``: vocabularies, and texts as integer ids.

Ids: 0 is ``<unk>``. Each corpus has ids of its own, 1.. by falling count. In ``downstream`` the
ids are those of the corpus ``pretrain``, and above them those of the words that only the
labelled text has; to translate ids between corpora, look up the words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stages.core.arrays import IntArray, LongArray, read_array, write_array, write_array_in_pieces
from stages.core.atomic import (
    read_json,
    read_lines,
    read_sealed_json,
    reading,
    sha256,
    write_json,
    write_sealed_json,
    write_text,
)
from stages.core.made import stage_of, unfit

UNKNOWN = "<unk>"
UNKNOWN_ID = 0

TOKENS = Path("data/tokens")
STATISTICS = TOKENS / "statistics.json"
DOWNSTREAM = TOKENS / "downstream"

VOCABULARY = "vocabulary.tsv"
SUBWORDS = "subwords.json"  # in the format of ``tokenizers``
DOWNSTREAM_SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Texts:
    """Texts as token ids, stored end to end.

    tokens: (N,) ids. offsets: (texts + 1,); text i is ``tokens[offsets[i]:offsets[i + 1]]``.
    """

    tokens: IntArray
    offsets: LongArray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> LongArray:
        """Tokens of each text, (texts,)."""
        return np.diff(self.offsets)

    @classmethod
    def from_lists(cls, texts: Sequence[Sequence[int]]) -> "Texts":
        """Join texts of ids."""
        lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        tokens = np.fromiter((i for text in texts for i in text), np.int32, int(offsets[-1]))
        return cls(tokens, offsets)

    def take(self, numbers: LongArray) -> "Texts":
        """Return the texts with these numbers, in this order."""
        lengths = self.lengths[numbers]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        return Texts(self.tokens[np.repeat(self.offsets[numbers], lengths) + within], offsets)


def write_texts(folder: Path, split: str, texts: Texts) -> None:
    """Write one split's tokens and offsets."""
    write_array(folder / f"{split}.tokens.npy", texts.tokens)
    write_array(folder / f"{split}.offsets.npy", texts.offsets)


def write_texts_in_pieces(
    folder: Path, split: str, tokens: Iterable[IntArray], lengths: LongArray
) -> None:
    """Write one split's tokens, of which only a piece is in memory at a time, and its offsets."""
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    write_array_in_pieces(folder / f"{split}.tokens.npy", tokens, int(offsets[-1]), np.int32)
    write_array(folder / f"{split}.offsets.npy", offsets)


def read_texts(folder: Path, split: str) -> Texts:
    """Map one split's texts into memory, ids of the vocabulary that lies beside them.

    Raises:
        StageError: a file is missing or damaged.
    """
    return Texts(*(read_array(folder / f"{split}.{part}.npy") for part in ("tokens", "offsets")))


@dataclass(frozen=True)
class LabelledTexts:
    """Labelled examples: texts and their labels, (texts,)."""

    texts: Texts
    labels: LongArray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, numbers: LongArray) -> "LabelledTexts":
        """Return the examples with these numbers, in this order."""
        return LabelledTexts(self.texts.take(numbers), self.labels[numbers])


def write_labelled(folder: Path, split: str, examples: LabelledTexts) -> None:
    """Write one labelled split's ids."""
    write_texts(folder, split, examples.texts)
    write_labels(folder, split, examples.labels)


def write_labels(folder: Path, split: str, labels: LongArray) -> None:
    """Write the labels of one labelled split, (texts,)."""
    write_array(folder / f"{split}.labels.npy", labels)


def read_labelled(split: str) -> LabelledTexts:
    """Map one labelled split into memory; raises StageError if missing or damaged."""
    labels = read_array(DOWNSTREAM / f"{split}.labels.npy")
    return LabelledTexts(read_texts(DOWNSTREAM, split), labels)


@dataclass(frozen=True)
class Splitting:
    """How raw texts became tokens: in lower case or not, at most how many of each, which pieces.

    subwords: as ``stages.texts.subwords`` learned them; None for whole words.
    """

    lowercase: bool
    max_length: int
    subwords: str | None = None

    def stored(self) -> dict[str, Any]:
        """Return it as it is stored, without what it does not have."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def write_splitting(folder: Path, splitting: Splitting) -> None:
    """Write ``splitting.json``."""
    write_json(folder / "splitting.json", splitting.stored())


def read_splitting(folder: Path) -> Splitting:
    """Read how the texts in a folder of tokens were split."""
    return Splitting(**read_json(folder / "splitting.json"))


@dataclass(frozen=True)
class Vocabulary:
    """Words and how often each occurs in the text that the vocabulary was made from.

    words: V words, the first of them ``<unk>``. counts: (V,). subwords: what splits a text into
    them, if they are pieces of words.
    """

    words: tuple[str, ...]
    counts: LongArray
    subwords: str | None = None

    def __len__(self) -> int:
        return len(self.words)

    def ids(self) -> dict[str, int]:
        """Return the id of each word."""
        return {word: i for i, word in enumerate(self.words)}

    def text(self) -> str:
        """Return the vocabulary as it is stored: a line a word, with its count."""
        return "".join(f"{w}\t{c}\n" for w, c in zip(self.words, self.counts, strict=True))

    def words_sha256(self) -> str:
        """Return the SHA-256 of the words, each followed by a newline."""
        return sha256("".join(f"{word}\n" for word in self.words).encode("utf-8"))


def write_vocabulary(folder: Path, vocabulary: Vocabulary) -> None:
    """Write ``vocabulary.tsv`` and, for pieces of words, ``subwords.json``."""
    write_text(folder / VOCABULARY, vocabulary.text())
    if vocabulary.subwords is not None:
        write_text(folder / SUBWORDS, vocabulary.subwords)


def read_vocabulary(folder: Path) -> Vocabulary:
    """Read the ``vocabulary.tsv`` of a folder of tokens or of vectors.

    Raises:
        StageError: it is missing or damaged; or it is the user's own and has a wrong line.
    """
    path = folder / VOCABULARY
    pairs = _own_pairs(path) if stage_of(path) is None else _pairs(path)
    words = tuple(word for word, _ in pairs)
    counts = np.array([count for _, count in pairs], np.int64)
    pieces = folder / SUBWORDS
    return Vocabulary(words, counts, _read_text(pieces) if pieces.is_file() else None)


def _pairs(path: Path) -> list[tuple[str, int]]:
    lines = read_lines(path)
    with reading(path, sealed=False):
        return [(word, int(count)) for word, count in (line.split("\t") for line in lines)]


def _own_pairs(path: Path) -> list[tuple[str, int]]:
    """Return a user's own words and counts: all different, the first of them ``<unk>``."""
    found: dict[str, int] = {}
    text = _read_text(path).removeprefix("\ufeff").removesuffix("\n")
    for number, line in enumerate(text.split("\n"), 1):
        word, _, count = line.partition("\t")
        wrong = None
        if not word or not re.fullmatch(r"\d{1,18}(\.0*)?", count, re.ASCII):
            wrong = "must be a word, a tab and its count, a whole number, and so every line"
        elif number == 1 and word != UNKNOWN:
            wrong = f"must be {UNKNOWN}, which stands for all other words, with any count"
        elif word in found:
            wrong = f"has {word[:40]!r}, which an earlier line has too; keep one, and its vectors"
        if wrong:
            raise unfit(f"{path}, line {number}", wrong)
        found[word] = int(count.partition(".")[0])
    return list(found.items())


def _read_text(path: Path) -> str:
    with reading(path):
        return path.read_text("utf-8")


def write_statistics(statistics: Mapping[str, Any]) -> None:
    """Write ``statistics.json``: the sizes of everything."""
    write_sealed_json(STATISTICS, statistics)


def read_statistics() -> dict[str, Any]:
    """Read ``statistics.json``; raises StageError if it is missing or damaged."""
    return read_sealed_json(STATISTICS)
