"""The token stream that every benchmark trains on."""

from pathlib import Path

import numpy as np

from stages.core.arrays import IntArray, LongArray
from stages.core.atomic import write_csv
from stages.vectors.tokens import TOKENS, UNKNOWN_ID, Texts, Vocabulary, read_texts

FOLDER = TOKENS / "pretrain"


def training_rows(tokens: int | None = None, seed: int = 0) -> Texts:
    """Return the training split; or about so many of its tokens, rows drawn with replacement."""
    rows = read_texts(FOLDER, "train")
    if tokens is None:
        return rows
    return rows.take(rows_for(rows, tokens, seed))


def rows_for(rows: Texts, tokens: int, seed: int = 0) -> LongArray:
    """Draw rows with replacement until they have so many tokens."""
    random = np.random.default_rng(seed)
    mean = rows.lengths.mean()
    drawn = random.integers(0, len(rows), int(1.2 * tokens / mean) + 100)
    return drawn[: int(np.searchsorted(np.cumsum(rows.lengths[drawn]), tokens)) + 1]


def without_unknown(rows: Texts) -> Texts:
    """Drop ``<unk>``, which neither trainer learns: the same stream for both."""
    known = rows.tokens != UNKNOWN_ID
    before = np.concatenate([[0], np.cumsum(known)])
    return Texts(np.asarray(rows.tokens[known]), before[rows.offsets])


def sentences(rows: Texts, vocabulary: Vocabulary) -> list[list[str]]:
    """Return the rows as lists of words, for gensim."""
    words = np.array(vocabulary.words, dtype=object)
    parts: list[IntArray] = np.split(rows.tokens, rows.offsets[1:-1])
    return [words[part].tolist() for part in parts if len(part)]


def save_table(name: str, columns: list[str], table: list[list[object]]) -> Path:
    """Write a table into this folder and print it."""
    path = Path(__file__).parent / name
    write_csv(path, columns, table)
    lines = [columns, *([str(cell) for cell in line] for line in table)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    print(f"saved {path.relative_to(Path.cwd())}", flush=True)
    return path
