"""What the tests of SGNS share: small parameters, corpora, streams and batches."""

from pathlib import Path

import numpy as np

from stages.core.arrays import LongArray
from stages.core.atomic import output_folder
from stages.sgns.batches import Batch, Layout
from stages.sgns.params import SgnsParams
from stages.sgns.team import Team
from stages.sgns.trainer import Trainer
from stages.vectors.tokens import TOKENS, Texts, Vocabulary, write_texts, write_vocabulary
from tests.support import make_params, write_params

TOPIC_WORDS, WORDS = 60, 12
OBJECTIVES = [("nce", 1.0), ("infonce", 1.0), ("infonce", 0.3)]
SMALL: dict[str, object] = {
    "dim": 16,
    "models": 1,
    "epochs": 3,
    "batch": 500,
    "subsample": 0.0,
    "R": 3,
}


def config(**changes: object) -> SgnsParams:
    """Return small parameters, some of them changed."""
    return make_params().sgns.model_copy(update=SMALL | changes)


def topic_rows(rows: int, seed: int) -> Texts:
    """Return rows of words of one of two topics: odd ids or even ids."""
    random = np.random.default_rng(seed)
    topics = random.integers(0, 2, rows)
    lists = [list(random.integers(1, TOPIC_WORDS // 2, 20) * 2 - t) for t in topics]
    return Texts.from_lists(lists)


def counts_of(rows: Texts, words: int = TOPIC_WORDS) -> LongArray:
    """Return how often each word occurs."""
    return np.bincount(rows.tokens, minlength=words).astype(np.int64)


def topic_trainer(
    params: SgnsParams, seed: int = 0, model: int = 0, team: Team | None = None
) -> Trainer:
    """Return a trainer on ``topic_rows``: several steps of ``SMALL``'s batches an epoch."""
    rows, validation = topic_rows(400, 1), topic_rows(60, 2)
    return Trainer(rows, validation, counts_of(rows), params, seed=seed, model=model, team=team)


def write_project(folder: Path, rows: int, **changes: object) -> Path:
    """Write what ``python -m stages.sgns`` reads: parameters, tokens and vocabulary."""
    folder.mkdir(parents=True)
    settings: dict[str, object] = {f"sgns.{key}": value for key, value in SMALL.items()}
    settings |= {f"sgns.{key}": value for key, value in changes.items()}
    write_params(folder, settings | {"device": "cpu"})
    tokens, train = folder / TOKENS / "pretrain", topic_rows(rows, 1)
    words = ("<unk>", *(f"word{i}" for i in range(1, TOPIC_WORDS)))
    with output_folder(tokens) as partial:
        write_texts(partial, "train", train)
        write_texts(partial, "validation", topic_rows(60, 2))
        write_vocabulary(partial, Vocabulary(words, counts_of(train)))
    return folder


def random_batch(layout: Layout, tokens: int, random: np.random.Generator) -> Batch:
    """A batch of rows of several lengths, and windows of several radii, some of them empty."""
    rows = np.sort(random.integers(0, max(tokens // 6, 1), tokens))
    radii = random.integers(0, layout.radius + 1, tokens)
    reach = np.zeros((2, tokens), np.int32)
    for i in range(tokens):
        near = [j for j in range(tokens) if rows[j] == rows[i] and abs(i - j) <= radii[i]]
        reach[:, i] = i - min(near), max(near) - i
    pools = random.integers(1, WORDS, (layout.blocks(tokens), layout.pool))
    words = random.integers(1, WORDS, tokens)
    return Batch(words.astype(np.int32), reach[0], reach[1], pools.astype(np.int32))
