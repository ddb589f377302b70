"""``data/tokens``: vocabularies, and texts as integer ids.

Ids: 0 is ``<unk>``. Each corpus has ids of its own, 1.. by falling count. In ``downstream`` the
ids are those of the corpus ``pretrain``, and above them those of the words that only the
labelled text has; from one to another one goes by the words themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stages.files.arrays import IntArray, LongArray, read_array, write_array
from stages.files.atomic import (
    damaged,
    read_json,
    read_lines,
    read_sealed_json,
    read_whole,
    sha256,
    write_json,
    write_sealed_json,
    write_text,
)

UNKNOWN = "<unk>"
UNKNOWN_ID = 0

TOKENS = Path("data/tokens")
STATISTICS = TOKENS / "statistics.json"
DOWNSTREAM = TOKENS / "downstream"

VOCABULARY = "vocabulary.tsv"
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


def read_texts(folder: Path, split: str) -> Texts:
    """Map one split's texts into memory, ids of the vocabulary that lies beside them.

    Raises:
        StageError: a file is missing or damaged.
    """
    tokens_path, offsets_path = (folder / f"{split}.{part}.npy" for part in ("tokens", "offsets"))
    tokens = read_array(tokens_path, "tokenize", np.int32)
    offsets = read_array(offsets_path, "tokenize", np.int64)
    if len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != len(tokens):
        raise damaged(offsets_path, "tokenize")
    if (offsets[1:] < offsets[:-1]).any():
        raise damaged(offsets_path, "tokenize")
    if not _all_below(tokens, read_whole(folder / VOCABULARY, "tokenize").count(b"\n")):
        raise damaged(tokens_path, "tokenize")
    return Texts(tokens, offsets)


def _all_below(numbers: IntArray | LongArray, limit: int) -> bool:
    return len(numbers) == 0 or (numbers.min() >= 0 and numbers.max() < limit)


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
    write_array(folder / f"{split}.labels.npy", examples.labels)


def read_labelled(split: str) -> LabelledTexts:
    """Map one labelled split into memory; raises StageError if missing or damaged."""
    from stages.files.classes import read_classes  # of no use to those who read texts alone

    path = DOWNSTREAM / f"{split}.labels.npy"
    labels = read_array(path, "tokenize", np.int64)
    texts = read_texts(DOWNSTREAM, split)
    classes = read_classes(DOWNSTREAM, "tokenize")
    if len(labels) != len(texts) or not _all_below(labels, len(classes)):
        raise damaged(path, "tokenize")
    return LabelledTexts(texts, labels)


@dataclass(frozen=True)
class Splitting:
    """How raw texts became tokens: in lower case or not, and at most how many of each."""

    lowercase: bool
    max_length: int


def write_splitting(folder: Path, splitting: Splitting) -> None:
    """Write ``splitting.json``."""
    write_json(folder / "splitting.json", asdict(splitting))


def read_splitting(folder: Path) -> Splitting:
    """Read how the texts in a folder of tokens were split."""
    path = folder / "splitting.json"
    splitting = splitting_of(read_json(path, "tokenize"))
    if splitting is None:
        raise damaged(path, "tokenize")
    return splitting


def splitting_of(stored: Mapping[str, Any]) -> Splitting | None:
    """Return what JSON says of splitting; None if it is not of that form."""
    lowercase, longest = stored.get("lowercase"), stored.get("max_length")
    # In this order, because a truth value is an integer to Python.
    if isinstance(longest, bool) or not isinstance(lowercase, bool) or not isinstance(longest, int):
        return None
    return Splitting(lowercase, longest) if longest >= 1 else None


@dataclass(frozen=True)
class Vocabulary:
    """Words and how often each occurs in the text that the vocabulary was made from.

    words: V words, the first of them ``<unk>``. counts: (V,).
    """

    words: tuple[str, ...]
    counts: LongArray

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
    """Write ``vocabulary.tsv``."""
    write_text(folder / VOCABULARY, vocabulary.text())


def read_vocabulary(folder: Path, made_by: str | None) -> Vocabulary:
    """Read the ``vocabulary.tsv`` of a folder of tokens or of vectors.

    Raises:
        StageError: it is missing or damaged, or has a word twice.
    """
    path = folder / VOCABULARY
    pairs = [line.split("\t") for line in read_lines(path, made_by)]
    try:
        words = tuple(word for word, _ in pairs)
        if not all(count.isascii() and count.isdigit() for _, count in pairs):
            raise damaged(path, made_by)
        counts = np.array([int(count) for _, count in pairs], np.int64)
    except (ValueError, OverflowError):
        raise damaged(path, made_by) from None
    if not words or words[UNKNOWN_ID] != UNKNOWN or "" in words or len(set(words)) < len(words):
        raise damaged(path, made_by)
    return Vocabulary(words, counts)


def write_statistics(statistics: Mapping[str, Any]) -> None:
    """Write ``statistics.json``: the sizes of everything."""
    write_sealed_json(STATISTICS, statistics)


def read_statistics() -> dict[str, Any]:
    """Read ``statistics.json``; raises StageError if it is missing or damaged."""
    return read_sealed_json(STATISTICS, "tokenize")
