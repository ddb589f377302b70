"""``python -m stages.tokenize``: clean, split, count and encode both data sets."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from stages import artifacts
from stages.artifacts import Labelled, TokenRows, Vocabulary
from stages.console import StageError, progress, run_stage, say
from stages.params import Params, load_params
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
Encoded = dict[str, TokenRows]
LabelledSplits = dict[str, Labelled]


def split_words(texts: Sequence[str], label: str, lowercase: bool) -> Words:
    """Split every row, showing progress."""
    return [words(text, lowercase) for text in progress(texts, f"tokenize {label}", "row")]


def read_text(params: Params) -> dict[str, Words]:
    """Return the words of every split of the pre-training text."""
    splits: dict[str, Words] = {}
    for split in artifacts.PRETRAIN_SPLITS:
        texts = artifacts.read_raw_text(split)
        if texts is not None:
            splits[split] = split_words(texts, split, params.tokenize.lowercase)
    if "train" not in splits:
        raise StageError("data/raw/pretrain has no train split; make it with: dvc repro download")
    return splits


@dataclass(frozen=True)
class Rows:
    """A labelled split: the words of each row, and its labels, (rows,)."""

    words: Words
    labels: artifacts.LongArray


def read_rows(params: Params) -> dict[str, Rows]:
    """Return the labelled splits; validation rows are held out of train."""
    train = artifacts.read_raw_labelled("train")
    pool, validation = hold_out(train, params.data.validation, params.seed)
    tables = {
        "train": [train[i] for i in pool],
        "validation": [train[i] for i in validation],
        "test": artifacts.read_raw_labelled("test"),
    }
    return {
        split: Rows(
            split_words([row.text for row in table], split, params.tokenize.lowercase),
            np.array([row.label for row in table], np.int64),
        )
        for split, table in tables.items()
    }


def corpora(text: dict[str, Words], labelled: dict[str, Rows]) -> dict[str, dict[str, Words]]:
    """Return what SGNS may learn from, by name and split.

    Of the labelled text the training pool's words, never a label; the validation rows' words
    are only what its loss is measured on.
    """
    own = {"train": labelled["train"].words, "valid": labelled["validation"].words}
    both = {split: text.get(split, []) + words for split, words in own.items()}
    return {"pretrain": text, "downstream": own, "both": both}


def encode_corpus(splits: dict[str, Words], min_count: int) -> tuple[Vocabulary, Encoded]:
    """Return a corpus's vocabulary, made of its train split alone, and every split's ids."""
    vocabulary = corpus_vocabulary(count(splits["train"]), min_count)
    return vocabulary, {split: encode(rows, vocabulary) for split, rows in splits.items()}


def encode_labelled(
    splits: dict[str, Rows], pretrain: Vocabulary, max_length: int
) -> tuple[Vocabulary, LabelledSplits]:
    """Return all words and the labelled splits, each row cut to ``max_length`` words."""
    cut = {split: [row[:max_length] for row in rows.words] for split, rows in splits.items()}
    vocabulary = labelled_vocabulary(pretrain, count(cut["train"]))
    return vocabulary, {
        split: Labelled(encode(cut[split], vocabulary), rows.labels)
        for split, rows in splits.items()
    }


def statistics(rows: TokenRows, known_ids: int | None = None) -> dict[str, Any]:
    """Return rows, tokens and the share of unknown tokens; ids from ``known_ids`` on count too."""
    if known_ids is not None:
        rows = TokenRows(np.where(rows.tokens < known_ids, rows.tokens, 0), rows.offsets)
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
        | {"labelled": len(all_words) - 1},
        **{
            name: {split: statistics(rows) for split, rows in splits.items()}
            for name, (_, splits) in encoded.items()
        },
        "labelled": {
            split: statistics(examples.rows)
            | {"unknown_to_pretrain_share": statistics(examples.rows, known)["unknown_share"]}
            for split, examples in labelled.items()
        },
    }


def main() -> None:
    """Run the stage; it has no arguments but ``--help``."""
    argparse.ArgumentParser(
        prog="python -m stages.tokenize",
        description="Clean, split, count and encode data/raw as params.yaml says, to data/tokens.",
    ).parse_args()
    params = load_params()
    text, rows = read_text(params), read_rows(params)
    encoded = {
        name: encode_corpus(splits, params.tokenize.min_count)
        for name, splits in corpora(text, rows).items()
    }
    all_words, labelled = encode_labelled(rows, encoded["pretrain"][0], params.tokenize.max_length)
    classes = artifacts.read_classes(artifacts.RAW / "downstream", "download")
    with ExitStack() as outputs:
        for name, (vocabulary, splits) in encoded.items():
            folder = outputs.enter_context(artifacts.output_folder(artifacts.TOKENS / name))
            artifacts.write_vocabulary(folder, vocabulary)
            for split, tokens in splits.items():
                artifacts.write_token_rows(folder, split, tokens)
        folder = outputs.enter_context(artifacts.output_folder(artifacts.LABELLED))
        artifacts.write_vocabulary(folder, all_words)
        artifacts.write_classes(folder, classes)
        for split, examples in labelled.items():
            artifacts.write_labelled(folder, split, examples)
    summary = describe(encoded, all_words, labelled)
    artifacts.write_json(artifacts.STATISTICS, summary)
    for part in (*encoded, "labelled"):
        for split, numbers in summary[part].items():
            say(f"tokenize: {part} {split}: {numbers}")


if __name__ == "__main__":
    run_stage("tokenize", main)
