"""``python -m stages.tokenize``: clean, split, count and encode both data sets."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stages import artifacts
from stages.artifacts import Labelled, LabelledRow, TokenRows, Vocabulary
from stages.console import StageError, progress, run_stage, say
from stages.params import Params, load_params
from stages.tokenize.clean import words
from stages.tokenize.split import hold_out
from stages.tokenize.vocabulary import (
    count,
    downstream_vocabulary,
    encode,
    pretrain_vocabulary,
    unknown_share,
)

Words = list[list[str]]


def split_words(texts: Sequence[str], label: str, lowercase: bool) -> Words:
    """Split every row, showing progress."""
    return [words(text, lowercase) for text in progress(texts, f"tokenize {label}", "row")]


def tokenize_pretrain(params: Params) -> tuple[Vocabulary, dict[str, TokenRows]]:
    """Return SGNS's vocabulary, made of the train split alone, and every split's ids."""
    split_rows: dict[str, Words] = {}
    for split in artifacts.PRETRAIN_SPLITS:
        texts = artifacts.read_raw_text(split)
        if texts is not None:
            split_rows[split] = split_words(texts, split, params.tokenize.lowercase)
    if "train" not in split_rows:
        raise StageError("data/raw/pretrain has no train split; make it with: dvc repro download")
    vocabulary = pretrain_vocabulary(count(split_rows["train"]), params.tokenize.min_count)
    return vocabulary, {split: encode(rows, vocabulary) for split, rows in split_rows.items()}


def tokenize_downstream(
    params: Params, pretrain: Vocabulary
) -> tuple[Vocabulary, dict[str, Labelled]]:
    """Return all words and the labelled splits; validation rows are held out of train."""
    train = artifacts.read_raw_labelled("train")
    pool, validation = hold_out(train, params.data.validation, params.seed)
    tables = {
        "train": [train[i] for i in pool],
        "validation": [train[i] for i in validation],
        "test": artifacts.read_raw_labelled("test"),
    }
    split_rows = {
        split: _cut(
            split_words([row.text for row in table], split, params.tokenize.lowercase),
            params.tokenize.max_length,
        )
        for split, table in tables.items()
    }
    vocabulary = downstream_vocabulary(pretrain, count(split_rows["train"]))
    return vocabulary, {
        split: Labelled(encode(rows, vocabulary), _labels(tables[split]))
        for split, rows in split_rows.items()
    }


def _cut(rows: Words, max_length: int) -> Words:
    return [row[:max_length] for row in rows]


def _labels(rows: Sequence[LabelledRow]) -> artifacts.LongArray:
    return np.array([row.label for row in rows], np.int64)


def statistics(rows: TokenRows, known_ids: int | None = None) -> dict[str, Any]:
    """Return rows, tokens and the share of unknown tokens; ids from ``known_ids`` on count too."""
    if known_ids is not None:
        rows = TokenRows(np.where(rows.tokens < known_ids, rows.tokens, 0), rows.offsets)
    return {
        "rows": len(rows),
        "tokens": len(rows.tokens),
        "unknown_share": round(unknown_share(rows), 6),
    }


def main() -> None:
    """Run the stage."""
    params = load_params()
    vocabulary, pretrain = tokenize_pretrain(params)
    all_words, downstream = tokenize_downstream(params, vocabulary)
    classes = artifacts.read_classes(artifacts.RAW / "downstream", "download")
    with (
        artifacts.output_folder(artifacts.TOKENS / "pretrain") as pretrain_folder,
        artifacts.output_folder(artifacts.TOKENS / "downstream") as downstream_folder,
    ):
        artifacts.write_vocabulary(pretrain_folder, vocabulary)
        for split, rows in pretrain.items():
            artifacts.write_token_rows(pretrain_folder, split, rows)
        artifacts.write_vocabulary(downstream_folder, all_words)
        artifacts.write_classes(downstream_folder, classes)
        for split, examples in downstream.items():
            artifacts.write_labelled(downstream_folder, split, examples)
    summary = {
        "pretrain_words": len(vocabulary) - 1,
        "all_words": len(all_words) - 1,
        "pretrain": {split: statistics(rows) for split, rows in pretrain.items()},
        "downstream": {
            split: statistics(examples.rows)
            | {"unknown_to_sgns_share": statistics(examples.rows, len(vocabulary))["unknown_share"]}
            for split, examples in downstream.items()
        },
    }
    artifacts.write_json(artifacts.STATISTICS, summary)
    for part in ("pretrain", "downstream"):
        for split, numbers in summary[part].items():  # type: ignore[attr-defined]
            say(f"tokenize: {part} {split}: {numbers}")


if __name__ == "__main__":
    run_stage("tokenize", main)
