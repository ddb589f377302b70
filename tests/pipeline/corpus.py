"""A made-up language in which a row's topic shows in its words, so that vectors can help.

Four topics have words of their own; function words, as in real text, are half of all tokens,
and now and then a word of another topic slips in, so that no classifier is always right.
"""

import csv
import io
from pathlib import Path
from random import Random

PRETRAIN_NAME, DOWNSTREAM_NAME = "tiny-text", "tiny-labels"
TOPICS = ("garden", "harbour", "kitchen", "workshop")
LABELLED_TRAIN_ROWS, TEST_ROWS = 320, 120

_PRETRAIN_ROWS = {"train": 900, "valid": 90}
_WORDS_PER_TOPIC, _FUNCTION_WORDS = 40, 15
_FUNCTION_SHARE, _STRAY_SHARE = 0.5, 0.15
_STARTS, _ENDS = "bdfgklmnprstvz", ("a", "e", "i", "o", "u", "an", "el", "ir", "os", "un")


def write_corpus(root: Path, seed: int = 0) -> None:
    """Write ``tiny-text`` and ``tiny-labels`` below ``root``; the same seed, the same bytes."""
    random = Random(seed)
    language = _Language(random)
    for split, rows in _PRETRAIN_ROWS.items():
        text = "".join(f"{language.row(random.choice(TOPICS))}\n" for _ in range(rows))
        _write(root / PRETRAIN_NAME / f"{split}.txt", text)
    for split, rows in {"train": LABELLED_TRAIN_ROWS, "test": TEST_ROWS}.items():
        labels = [TOPICS[i % len(TOPICS)] for i in range(rows)]
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(("label", "text"))
        writer.writerows((label, language.row(label)) for label in labels)
        _write(root / DOWNSTREAM_NAME / f"{split}.csv", table.getvalue())


class _Language:
    """The words, and how rows are made of them."""

    def __init__(self, random: Random) -> None:
        syllables = [start + end for start in _STARTS for end in _ENDS]
        words = [first + second for first in syllables for second in syllables]
        drawn = random.sample(words, _FUNCTION_WORDS + _WORDS_PER_TOPIC * len(TOPICS))
        self._random = random
        self._function = drawn[:_FUNCTION_WORDS]
        own = drawn[_FUNCTION_WORDS:]
        self._own = {topic: own[i :: len(TOPICS)] for i, topic in enumerate(TOPICS)}
        # As in real text, some words of a topic are far more frequent than others.
        self._weights = [1 / rank for rank in range(1, _WORDS_PER_TOPIC + 1)]

    def row(self, topic: str) -> str:
        return " ".join(self._word(topic) for _ in range(self._random.randint(6, 14)))

    def _word(self, topic: str) -> str:
        if self._random.random() < _FUNCTION_SHARE:
            return self._random.choice(self._function)
        if self._random.random() < _STRAY_SHARE:
            topic = self._random.choice(TOPICS)
        return self._random.choices(self._own[topic], self._weights)[0]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
