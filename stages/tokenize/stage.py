"""From ``data/raw`` to ``data/tokens``: clean, split, count and encode both data sets."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from stages.console import StageError, progress, say
from stages.files.arrays import LongArray
from stages.files.atomic import output_folder
from stages.files.classes import read_classes, write_classes
from stages.files.raw import PRETRAIN_SPLITS, RAW_DOWNSTREAM, read_raw_labelled, read_raw_text
from stages.files.tokens import (
    DOWNSTREAM,
    TOKENS,
    LabelledTexts,
    Splitting,
    Texts,
    Vocabulary,
    write_labelled,
    write_splitting,
    write_statistics,
    write_texts,
    write_vocabulary,
)
from stages.tokenize.settings import Settings
from stages.tokenize.split import hold_out
from stages.tokenize.vocabulary import (
    corpus_vocabulary,
    count,
    encode,
    labelled_vocabulary,
    unknown_share,
)
from stages.words import words

Words = list[list[str]]
Encoded = dict[str, Texts]
LabelledSplits = dict[str, LabelledTexts]


def split_words(texts: Sequence[str], label: str, lowercase: bool) -> Words:
    """Split every row, showing progress."""
    return [words(text, lowercase) for text in progress(texts, f"tokenize {label}", "row")]


def read_text(params: Settings) -> dict[str, Words]:
    """Return the words of every split of the pre-training text."""
    splits: dict[str, Words] = {}
    for split in PRETRAIN_SPLITS:
        texts = read_raw_text(split)
        if texts is not None:
            splits[split] = split_words(texts, split, params.tokenize.lowercase)
    if "train" not in splits:
        raise StageError("data/raw/pretrain has no train split; make it with: dvc repro download")
    return splits


@dataclass(frozen=True)
class LabelledWords:
    """A labelled split: the words of each text, and its labels, (texts,)."""

    words: Words
    labels: LongArray


def read_labelled_words(params: Settings) -> dict[str, LabelledWords]:
    """Return the labelled splits; validation rows are held out of train."""
    train = read_raw_labelled("train")
    pool, validation = hold_out(train, params.data.validation, params.seed)
    tables = {
        "train": [train[i] for i in pool],
        "validation": [train[i] for i in validation],
        "test": read_raw_labelled("test"),
    }
    return {
        split: LabelledWords(
            split_words([row.text for row in table], split, params.tokenize.lowercase),
            np.array([row.label for row in table], np.int64),
        )
        for split, table in tables.items()
    }


def corpora(
    text: dict[str, Words], labelled: dict[str, LabelledWords]
) -> dict[str, dict[str, Words]]:
    """Return what SGNS may learn from, by name and split.

    Of the labelled text the training pool's words, never a label; the validation rows' words
    are only what its loss is measured on.
    """
    own = {"train": labelled["train"].words, "validation": labelled["validation"].words}
    both = {split: text.get(split, []) + words for split, words in own.items()}
    return {"pretrain": text, "in-domain": own, "both": both}


def encode_corpus(splits: dict[str, Words], min_count: int) -> tuple[Vocabulary, Encoded]:
    """Return a corpus's vocabulary, made of its train split alone, and every split's ids."""
    vocabulary = corpus_vocabulary(count(splits["train"]), min_count)
    return vocabulary, {split: encode(rows, vocabulary) for split, rows in splits.items()}


def encode_labelled(
    splits: dict[str, LabelledWords], pretrain: Vocabulary, max_length: int
) -> tuple[Vocabulary, LabelledSplits]:
    """Return all words and the labelled splits, each row cut to ``max_length`` words."""
    cut = {split: [row[:max_length] for row in rows.words] for split, rows in splits.items()}
    vocabulary = labelled_vocabulary(pretrain, count(cut["train"]))
    return vocabulary, {
        split: LabelledTexts(encode(cut[split], vocabulary), rows.labels)
        for split, rows in splits.items()
    }


def statistics(rows: Texts, known_ids: int | None = None) -> dict[str, Any]:
    """Return rows, tokens and the share of unknown tokens; ids from ``known_ids`` on count too."""
    if known_ids is not None:
        rows = Texts(np.where(rows.tokens < known_ids, rows.tokens, 0), rows.offsets)
    return {
        "rows": len(rows),
        "tokens": len(rows.tokens),
        "unknown_share": round(unknown_share(rows), 6),
    }


def describe(
    encoded: dict[str, tuple[Vocabulary, Encoded]], all_words: Vocabulary, labelled: LabelledSplits
) -> dict[str, Any]:
    """Return the sizes of everything, for ``statistics.json``."""
    known = len(encoded["pretrain"][0])
    return {
        "words": {name: len(vocabulary) - 1 for name, (vocabulary, _) in encoded.items()}
        | {"downstream": len(all_words) - 1},
        **{
            name: {split: statistics(rows) for split, rows in splits.items()}
            for name, (_, splits) in encoded.items()
        },
        "downstream": {
            split: statistics(examples.texts)
            | {"unknown_to_pretrain_share": statistics(examples.texts, known)["unknown_share"]}
            for split, examples in labelled.items()
        },
    }


def tokenize(params: Settings) -> None:
    """Do it all, and write every folder of ``data/tokens``."""
    rows = read_labelled_words(params)  # first: it may refuse how many rows are to be held out
    text = read_text(params)
    encoded = {
        name: encode_corpus(splits, params.tokenize.min_count)
        for name, splits in corpora(text, rows).items()
    }
    all_words, labelled = encode_labelled(rows, encoded["pretrain"][0], params.tokenize.max_length)
    classes = read_classes(RAW_DOWNSTREAM, "download")
    splitting = Splitting(params.tokenize.lowercase, params.tokenize.max_length)
    with ExitStack() as outputs:
        for name, (vocabulary, splits) in encoded.items():
            folder = outputs.enter_context(output_folder(TOKENS / name))
            write_vocabulary(folder, vocabulary)
            for split, tokens in splits.items():
                write_texts(folder, split, tokens)
        folder = outputs.enter_context(output_folder(DOWNSTREAM))
        write_vocabulary(folder, all_words)
        write_classes(folder, classes)
        write_splitting(folder, splitting)
        for split, examples in labelled.items():
            write_labelled(folder, split, examples)
    summary = describe(encoded, all_words, labelled)
    write_statistics(summary)
    for part in (*encoded, "downstream"):
        for split, numbers in summary[part].items():
            say(f"tokenize: {part} {split}: {numbers}")
