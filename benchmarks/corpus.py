"""The token stream that every benchmark trains on."""

from pathlib import Path

import numpy as np

from stages.core.arrays import IntArray
from stages.core.atomic import write_csv
from stages.sgns.params import SgnsParams
from stages.sgns.team import Team
from stages.sgns.trainer import Trainer
from stages.vectors.tokens import TOKENS, UNKNOWN_ID, Texts, Vocabulary, read_texts, read_vocabulary

FOLDER = TOKENS / "pretrain"


def training_rows() -> Texts:
    """Return the training split."""
    return read_texts(FOLDER, "train")


def new_trainer(
    rows: Texts, params: SgnsParams, model: int = 0, team: Team | None = None
) -> Trainer:
    """Return a model before training."""
    validation, counts = read_texts(FOLDER, "validation"), read_vocabulary(FOLDER).counts
    return Trainer(rows, validation, counts, params, seed=0, model=model, team=team)


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


def save_table(name: str, columns: list[str], table: list[list[object]]) -> None:
    """Write a table into this folder and print it."""
    path = Path(__file__).parent / name
    write_csv(path, columns, table)
    lines = [columns, *([str(cell) for cell in line] for line in table)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    print(f"saved {path.relative_to(Path.cwd())}", flush=True)
