"""From ``data/raw`` to ``data/tokens``: clean, split, count and encode both data sets.

Texts may be larger than memory. They are split into words once, in parts, by all cores; each
corpus then counts and encodes the parts that it has. Of a text only parts are in memory, of the
labelled rows also their labels, of a corpus its words.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from stages.core.arrays import BoolArray, LongArray
from stages.core.atomic import output_folder
from stages.core.console import StageError, say
from stages.core.workers import usable_cores
from stages.texts.classes import read_classes, write_classes
from stages.texts.parts import Part, write_labelled_in_parts, write_texts_in_parts
from stages.texts.raw import (
    PRETRAIN_SPLITS,
    RAW_DOWNSTREAM,
    LabelledTable,
    Span,
    read_labelled_table,
    text_spans,
)
from stages.tokenize.params import Settings
from stages.tokenize.parts import Selection, forget_parts, make_parts
from stages.tokenize.split import hold_out
from stages.tokenize.vocabulary import corpus_vocabulary, count, encode, labelled_vocabulary
from stages.vectors.tokens import (
    DOWNSTREAM,
    TOKENS,
    UNKNOWN_ID,
    Splitting,
    Texts,
    Vocabulary,
    write_splitting,
    write_statistics,
    write_vocabulary,
)

Corpus = dict[str, list[Selection]]  # by split, what it is made of


def read_text() -> dict[str, list[Span]]:
    """Return where the splits of the pre-training text are."""
    found = {split: text_spans(split) for split in PRETRAIN_SPLITS}
    splits = {split: spans for split, spans in found.items() if spans is not None}
    if "train" not in splits:
        raise StageError("data/raw/pretrain has no train split; make it with: dvc repro download")
    return splits


@dataclass(frozen=True)
class LabelledSplit:
    """A labelled split: rows of a table, (rows of it,) whether each belongs to it, and labels."""

    table: LabelledTable
    rows: BoolArray

    @property
    def labels(self) -> LongArray:
        """The labels of its texts, (texts,)."""
        labels: LongArray = np.array(self.table.labels, np.int64)
        return labels[self.rows]

    def texts(self, lowercase: bool, longest: int | None = None) -> Selection:
        """Return its texts, each cut to a number of words."""
        return Selection(self.table.spans, lowercase, self.rows, longest)


def read_labelled(params: Settings) -> dict[str, LabelledSplit]:
    """Return the labelled splits; validation rows are held out of train."""
    train = read_labelled_table("train")
    chosen = hold_out(np.array(train.groups, np.int64), params.data.validation, params.seed)
    rows, held_out = len(train.labels), len(chosen[1])
    if held_out < params.data.validation:
        say(
            f"tokenize: {held_out:,} of the {rows:,} labelled rows are held out to validate on, "
            f"not {params.data.validation:,} (data.validation): no more than half are"
        )
    test = read_labelled_table("test")
    pool, validation = (np.isin(np.arange(rows), numbers) for numbers in chosen)
    return {
        "train": LabelledSplit(train, pool),
        "validation": LabelledSplit(train, validation),
        "test": LabelledSplit(test, np.ones(len(test.labels), np.bool_)),
    }


def corpora(
    text: dict[str, list[Span]], labelled: dict[str, LabelledSplit], lowercase: bool
) -> dict[str, Corpus]:
    """Return what SGNS may learn from, by name and split.

    Of the labelled text the training pool's words, never a label; the validation rows' words
    are only what its loss is measured on.
    """
    pretrain = {split: [Selection(spans, lowercase)] for split, spans in text.items()}
    own = {split: [labelled[split].texts(lowercase)] for split in ("train", "validation")}
    both = {split: pretrain.get(split, []) + selections for split, selections in own.items()}
    return {"pretrain": pretrain, "in-domain": own, "both": both}


class Sizes:
    """Rows, tokens and unknown tokens of texts that go by."""

    def __init__(self, known: int | None = None) -> None:
        """Begin with none.

        Args:
            known: ids of ``pretrain``, to count also the tokens that it does not have.
        """
        self._known = known
        self.rows = self.tokens = self.unknown = self.unknown_to_pretrain = 0

    def over(self, parts: Iterable[Texts]) -> Iterator[Texts]:
        """Yield the texts as they are, taking note of them."""
        for texts in parts:
            self.rows += len(texts)
            self.tokens += len(texts.tokens)
            unknown = texts.tokens == UNKNOWN_ID
            self.unknown += int(unknown.sum())
            if self._known is not None:
                self.unknown_to_pretrain += int((unknown | (texts.tokens >= self._known)).sum())
            yield texts

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


def write_corpus(
    folder: Path, corpus: Corpus, min_count: int
) -> tuple[Vocabulary, dict[str, Sizes]]:
    """Write a corpus's vocabulary, made of its train split alone, and every split's ids."""
    vocabulary = corpus_vocabulary(count(parts(corpus["train"])), min_count)
    write_vocabulary(folder, vocabulary)
    sizes = {split: Sizes() for split in corpus}
    for split, selections in corpus.items():
        texts = sizes[split].over(encode(parts(selections), vocabulary))
        write_texts_in_parts(folder, split, texts)
    return vocabulary, sizes


def parts(selections: Iterable[Selection]) -> Iterator[Part]:
    """Return the parts of one after the other."""
    return chain.from_iterable(selections)


def write_downstream(
    folder: Path, labelled: dict[str, LabelledSplit], pretrain: Vocabulary, splitting: Splitting
) -> tuple[Vocabulary, dict[str, Sizes]]:
    """Write all words and the labelled splits, each row cut to its longest length."""
    cut = {s: rows.texts(splitting.lowercase, splitting.max_length) for s, rows in labelled.items()}
    vocabulary = labelled_vocabulary(pretrain, count(cut["train"]))
    write_vocabulary(folder, vocabulary)
    write_classes(folder, read_classes(RAW_DOWNSTREAM))
    write_splitting(folder, splitting)
    sizes = {split: Sizes(len(pretrain)) for split in labelled}
    for split, rows in labelled.items():
        texts = sizes[split].over(encode(cut[split], vocabulary))
        write_labelled_in_parts(folder, split, texts, rows.labels)
    return vocabulary, sizes


def tokenize(params: Settings, workers: int | None = None) -> None:
    """Do it all, and write every folder of ``data/tokens``; the number of processes is no input."""
    splitting = Splitting(params.tokenize.lowercase, params.tokenize.max_length)
    labelled = read_labelled(params)  # first: it may refuse the groups of the rows
    text = read_text()
    tables = [*text.values(), labelled["train"].table.spans, labelled["test"].table.spans]
    spans = list(chain.from_iterable(tables))
    make_parts(spans, splitting.lowercase, workers or usable_cores())
    known: dict[str, Vocabulary] = {}
    sizes: dict[str, dict[str, Sizes]] = {}
    with ExitStack() as outputs:
        for name, corpus in corpora(text, labelled, splitting.lowercase).items():
            folder = outputs.enter_context(output_folder(TOKENS / name))
            known[name], sizes[name] = write_corpus(folder, corpus, params.tokenize.min_count)
        folder = outputs.enter_context(output_folder(DOWNSTREAM))
        written = write_downstream(folder, labelled, known["pretrain"], splitting)
        known["downstream"], sizes["downstream"] = written
    summary = describe(known, sizes)
    write_statistics(summary)
    forget_parts(spans, splitting.lowercase)
    for part in sizes:
        for split, numbers in summary[part].items():
            say(f"tokenize: {part} {split}: {numbers}")


def describe(known: dict[str, Vocabulary], sizes: dict[str, dict[str, Sizes]]) -> dict[str, Any]:
    """Return the sizes of everything, for ``statistics.json``."""
    return {
        "words": {name: len(vocabulary) - 1 for name, vocabulary in known.items()},
        **{
            name: {split: size.statistics() for split, size in splits.items()}
            for name, splits in sizes.items()
        },
    }
