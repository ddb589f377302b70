"""From ``data/raw`` to ``data/tokens``: clean, split, count and encode both data sets.

Texts may be larger than memory. They are split into words once, by all cores, to tables on disk;
each corpus then counts and encodes those that it has. Of a text a thousand rows are in memory, of
the labelled rows also their labels, of a corpus its words.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from stages.core.arrays import BoolArray, IntArray, LongArray
from stages.core.atomic import output_folder
from stages.core.console import StageError, say
from stages.core.workers import usable_cores
from stages.texts.classes import read_classes, write_classes
from stages.texts.raw import (
    PRETRAIN_SPLITS,
    RAW_DOWNSTREAM,
    labelled_table,
    read_labels_and_groups,
    text_table,
)
from stages.texts.subwords import train
from stages.tokenize.params import Settings, TokenizeParams
from stages.tokenize.split import hold_out
from stages.tokenize.tables import ROWS_AT_ONCE, Words, scratch, split_table, texts_of
from stages.tokenize.vocabulary import corpus_vocabulary, count, encode, labelled_vocabulary
from stages.vectors.tokens import (
    DOWNSTREAM,
    TOKENS,
    UNKNOWN_ID,
    Splitting,
    Vocabulary,
    write_labels,
    write_splitting,
    write_statistics,
    write_texts_in_pieces,
    write_vocabulary,
)

MOST_UNKNOWN = 0.9  # share of tokens; more is likely a mistake
Corpus = dict[str, list[Words]]  # by split, what it is made of


def text_tables() -> dict[str, Path]:
    """Return where the splits of the pre-training text are."""
    found = {split: text_table(split) for split in PRETRAIN_SPLITS}
    tables = {split: path for split, path in found.items() if path is not None}
    if "train" not in tables:
        raise StageError("data/raw/pretrain has no train split; make it with: dvc repro download")
    return tables


@dataclass(frozen=True)
class LabelledSplit:
    """A labelled split: the table that its rows are in, which they are, and their labels.

    chosen: (rows of the table,). labels: (rows of the split,).
    """

    table: str
    chosen: BoolArray
    labels: LongArray


def choose_rows(params: Settings) -> dict[str, LabelledSplit]:
    """Return the labelled splits; validation rows are held out of train."""
    labels, groups = read_labels_and_groups("train")
    numbers = hold_out(groups, params.data.validation, params.seed)
    rows, held_out = len(labels), len(numbers[1])
    if held_out < params.data.validation:
        say(
            f"tokenize: {held_out:,} of the {rows:,} labelled rows are held out to validate on, "
            f"not {params.data.validation:,} (data.validation): no more than half are"
        )
    pool, validation = (np.isin(np.arange(rows), chosen) for chosen in numbers)
    test, _ = read_labels_and_groups("test")
    return {
        "train": LabelledSplit("train", pool, labels[pool]),
        "validation": LabelledSplit("train", validation, labels[validation]),
        "test": LabelledSplit("test", np.ones(len(test), np.bool_), test),
    }


def corpora(text: dict[str, Words], labelled: dict[str, Words]) -> dict[str, Corpus]:
    """Return what SGNS may learn from, by name and split.

    Of the labelled text the training pool's words, never a label; the validation rows' words
    are only what its loss is measured on.
    """
    pretrain = {split: [words] for split, words in text.items()}
    own = {split: [labelled[split]] for split in ("train", "validation")}
    both = {split: pretrain.get(split, []) + words for split, words in own.items()}
    return {"pretrain": pretrain, "in-domain": own, "both": both}


class Sizes:
    """Rows, tokens and unknown tokens of texts that go by."""

    def __init__(self, rows: int, known: int | None = None) -> None:
        """Begin with no token.

        Args:
            rows: how many texts there are.
            known: ids of ``pretrain``, to count also the tokens that it does not have.
        """
        self._known = known
        self.rows = rows
        self.tokens = self.unknown = self.unknown_to_pretrain = 0

    def over(self, pieces: Iterable[IntArray]) -> Iterator[IntArray]:
        """Yield the tokens of texts as they are, taking note of them."""
        for tokens in pieces:
            self.tokens += len(tokens)
            unknown = tokens == UNKNOWN_ID
            self.unknown += int(unknown.sum())
            if self._known is not None:
                self.unknown_to_pretrain += int((unknown | (tokens >= self._known)).sum())
            yield tokens

    def statistics(self) -> dict[str, Any]:
        """Return them as ``statistics.json`` has them; shares are 0 where there are no tokens."""
        tokens = max(self.tokens, 1)
        found = {
            "rows": self.rows,
            "tokens": self.tokens,
            "unknown_share": round(self.unknown / tokens, 6),
        }
        if self._known is not None:
            found["unknown_to_pretrain_share"] = round(self.unknown_to_pretrain / tokens, 6)
        return found


def write_split(
    folder: Path, split: str, parts: list[Words], vocabulary: Vocabulary, known: int | None = None
) -> Sizes:
    """Write one split's ids, a thousand texts at a time, and return its sizes."""
    lengths = np.concatenate([part.lengths() for part in parts])
    sizes = Sizes(len(lengths), known)
    tokens = sizes.over(encode(chain.from_iterable(parts), vocabulary))
    write_texts_in_pieces(folder, split, tokens, lengths)
    return sizes


def write_corpus(
    folder: Path, corpus: Corpus, min_count: int, splitting: Splitting
) -> tuple[Vocabulary, dict[str, Sizes]]:
    """Write a corpus's vocabulary, made of its train split alone, and every split's ids."""
    vocabulary = corpus_vocabulary(count(chain.from_iterable(corpus["train"])), min_count)
    vocabulary = replace(vocabulary, subwords=splitting.subwords)
    write_vocabulary(folder, vocabulary)
    sizes = {s: write_split(folder, s, parts, vocabulary) for s, parts in corpus.items()}
    return vocabulary, sizes


def write_downstream(
    folder: Path,
    words: dict[str, Words],
    labels: dict[str, LongArray],
    pretrain: Vocabulary,
    splitting: Splitting,
) -> tuple[Vocabulary, dict[str, Sizes]]:
    """Write all words and the labelled splits, each row cut to its longest length."""
    cut = {split: replace(rows, longest=splitting.max_length) for split, rows in words.items()}
    vocabulary = labelled_vocabulary(pretrain, count(cut["train"]))
    vocabulary = replace(vocabulary, subwords=splitting.subwords)
    write_vocabulary(folder, vocabulary)
    write_classes(folder, read_classes(RAW_DOWNSTREAM))
    write_splitting(folder, splitting)
    sizes = {}
    for split, rows in cut.items():
        sizes[split] = write_split(folder, split, [rows], vocabulary, len(pretrain))
        write_labels(folder, split, labels[split])
    return vocabulary, sizes


def choose_splitting(params: TokenizeParams, pool: LabelledSplit) -> Splitting:
    """Return how to split texts; subwords are learned from the training text and the pool's."""
    splitting = Splitting(params.lowercase, params.max_length)
    if params.kind == "words":
        return splitting
    tables = [texts_of(text_tables()["train"])]
    tables.append(texts_of(labelled_table(pool.table)).select(np.flatnonzero(pool.chosen)))
    batches = chain.from_iterable(table.iter(ROWS_AT_ONCE) for table in tables)
    texts = chain.from_iterable(batch["text"] for batch in batches)
    return replace(splitting, subwords=train(texts, params.lowercase, params.pieces))


def split_all(
    chosen: dict[str, LabelledSplit], splitting: Splitting, processes: int
) -> tuple[dict[str, Words], dict[str, Words]]:
    """Return the words of the text's splits, and of the labelled splits."""
    split = partial(split_table, splitting=splitting, processes=processes)
    text = {name: Words(split(path)) for name, path in text_tables().items()}
    tables = {name: split(labelled_table(name)) for name in ("train", "test")}
    return text, {name: Words(tables[rows.table], rows.chosen) for name, rows in chosen.items()}


def tokenize(params: Settings, processes: int | None = None) -> None:
    """Do it all, and write every folder of ``data/tokens``; the number of processes is no input."""
    chosen = choose_rows(params)  # first: it may refuse the groups of the rows
    labels = {name: rows.labels for name, rows in chosen.items()}
    known: dict[str, Vocabulary] = {}
    sizes: dict[str, dict[str, Sizes]] = {}
    with scratch(), ExitStack() as outputs:
        splitting = choose_splitting(params.tokenize, chosen["train"])
        text, labelled = split_all(chosen, splitting, processes or usable_cores())
        for name, corpus in corpora(text, labelled).items():
            folder = outputs.enter_context(output_folder(TOKENS / name))
            written = write_corpus(folder, corpus, params.tokenize.min_count, splitting)
            known[name], sizes[name] = written
        folder = outputs.enter_context(output_folder(DOWNSTREAM))
        written = write_downstream(folder, labelled, labels, known["pretrain"], splitting)
        known["downstream"], sizes["downstream"] = written
        require_shared_words(sizes)
    summary = describe(known, sizes)
    write_statistics(summary)
    for part in sizes:
        for name, numbers in summary[part].items():
            say(f"tokenize: {part} {name}: {numbers}")


def require_shared_words(sizes: dict[str, dict[str, Sizes]]) -> None:
    """Raise a StageError if the text to validate SGNS on is not of the kind that it learns from."""
    share = sizes["pretrain"]["validation"].statistics()["unknown_share"]
    if share > MOST_UNKNOWN:
        raise StageError(
            f"{share:.0%} of the words of the validation text are not among those of the training "
            "text, or too rare there; are both of one language? Mend the text, or lower "
            "tokenize.min_count."
        )
    share = sizes["downstream"]["train"].statistics()["unknown_to_pretrain_share"]
    if share > MOST_UNKNOWN:
        say(
            f"tokenize: {share:.0%} of the words of the labelled rows are not among those of the "
            "text: vectors that are learned from it will hardly help"
        )


def describe(known: dict[str, Vocabulary], sizes: dict[str, dict[str, Sizes]]) -> dict[str, Any]:
    """Return the sizes of everything, for ``statistics.json``."""
    return {
        "words": {name: len(vocabulary) - 1 for name, vocabulary in known.items()},
        **{
            name: {split: size.statistics() for split, size in splits.items()}
            for name, splits in sizes.items()
        },
    }
