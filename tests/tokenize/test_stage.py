"""``python -m stages.tokenize`` on a corpus so small that all of it can be counted slowly."""

import errno
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from stages.core.atomic import seal, write_bytes
from stages.core.params import load_sections
from stages.core.sealed import SEAL
from stages.texts.classes import write_classes
from stages.texts.raw import PRETRAIN_SPLITS, RAW, LabelledRow, write_raw_labelled, write_raw_text
from stages.texts.subwords import splitter
from stages.tokenize import stage
from stages.tokenize.params import Settings
from stages.tokenize.split import hold_out
from stages.vectors.tokens import (
    DOWNSTREAM_SPLITS,
    TOKENS,
    UNKNOWN,
    Splitting,
    Texts,
    read_labelled,
    read_splitting,
    read_texts,
    read_vocabulary,
)
from tests.support import (
    files_below,
    made_up_rows,
    make_params,
    only_sentence,
    run_python,
    write_params,
)

HERE = Path()
MAX_LENGTH = 6
PARAMS = {"data.validation": 10, "tokenize.min_count": 2, "tokenize.max_length": MAX_LENGTH}
SEED = make_params(PARAMS).seed
# Rows of different lengths, blank ones too; a row's number is a word that it shares with none.
TEXT = {
    split: ["" if i % 7 == 3 else row for i, row in enumerate(made_up_rows(40, seed))]
    for seed, split in enumerate(("train", "validation", "test"))
}
DOWNSTREAM = {
    split: [
        LabelledRow(i % 2, f"{' '.join(row.split()[: 3 + i % 9])} fresh{i % 3}", i // 3)
        for i, row in enumerate(made_up_rows(rows, seed=9))
    ]
    for split, rows in (("train", 43), ("test", 12))
}


def write_raw() -> None:
    """Write ``data/raw`` as the stage before would."""
    write_params(HERE, PARAMS)
    for split, rows in TEXT.items():
        write_raw_text(RAW / "pretrain", split, rows)
    for split, labelled in DOWNSTREAM.items():
        write_raw_labelled(RAW / "downstream", split, labelled)
    write_classes(RAW / "downstream", ["x", "y"])
    seal_raw()


def seal_raw() -> None:
    for part in ("pretrain", "downstream"):
        seal(RAW / part)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_raw()


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one run of the program writes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("run"))
        write_raw()
        done = run_python(HERE, "-m", "stages.tokenize", PYTHONHASHSEED="1")
        assert done.returncode == 0, done.stderr
        return files_below(TOKENS)


@pytest.fixture
def tokenized(tokens: dict[str, bytes]) -> None:
    """Lay what the program wrote where the stages look for it."""
    for name, content in tokens.items():
        write_bytes(TOKENS / name, content)


def labelled_rows() -> dict[str, list[LabelledRow]]:
    """The labelled rows of each split, with validation held out."""
    train = DOWNSTREAM["train"]
    pool, held_out = hold_out(np.array([row.group for row in train]), 10, SEED)
    return {
        "train": [train[i] for i in pool],
        "validation": [train[i] for i in held_out],
        "test": DOWNSTREAM["test"],
    }


def labelled_words() -> dict[str, list[list[str]]]:
    """The words of the labelled rows; made-up text needs no cleaning, only cutting."""
    return {
        split: [row.text.split()[:MAX_LENGTH] for row in rows]
        for split, rows in labelled_rows().items()
    }


def pretrain_words() -> set[str]:
    counts = Counter(word for row in TEXT["train"] for word in row.split())
    return {word for word, number in counts.items() if number >= 2}


def all_words() -> set[str]:
    counts = Counter(word for row in labelled_words()["train"] for word in row)
    return pretrain_words() | {word for word, number in counts.items() if number >= 2}


def marked(rows: list[list[str]], known: set[str]) -> list[list[str]]:
    """Rows with ``<unk>`` in the place of unknown words."""
    return [[word if word in known else UNKNOWN for word in row] for row in rows]


def unknown_share(rows: list[list[str]], known: set[str]) -> float:
    unknown, total = 0, 0
    for row in rows:
        for word in row:
            total += 1
            unknown += word not in known
    return round(unknown / total, 6)


def decoded(rows: Texts, part: str) -> list[list[str]]:
    words = read_vocabulary(TOKENS / part).words
    return [
        [words[j] for j in rows.tokens[rows.offsets[i] : rows.offsets[i + 1]]]
        for i in range(len(rows))
    ]


def test_files_are_these_and_no_others(tokens: dict[str, bytes]) -> None:
    splits = {
        "pretrain": TEXT,
        "in-domain": ("train", "validation"),
        "both": ("train", "validation"),
    }
    text = [f"{c}/{s}.{k}.npy" for c in splits for s in splits[c] for k in ("tokens", "offsets")]
    labelled = [
        f"downstream/{split}.{kind}.npy"
        for split in DOWNSTREAM_SPLITS
        for kind in ("tokens", "offsets", "labels")
    ]
    each = [f"{p}/{file}" for p in (*splits, "downstream") for file in ("vocabulary.tsv", SEAL)]
    others = ["downstream/classes.json", "downstream/splitting.json", "statistics.json"]
    assert sorted(tokens) == sorted(text + labelled + each + others)


@pytest.mark.usefixtures("tokenized")
@pytest.mark.parametrize("split", PRETRAIN_SPLITS)
def test_rows_of_text_are_the_words_that_went_in(split: str) -> None:
    rows = read_texts(TOKENS / "pretrain", split)
    expected = marked([row.split() for row in TEXT[split]], pretrain_words())
    assert decoded(rows, "pretrain") == expected


@pytest.mark.usefixtures("tokenized")
@pytest.mark.parametrize("split", DOWNSTREAM_SPLITS)
def test_labelled_rows_are_the_words_that_went_in(split: str) -> None:
    examples = read_labelled(split)
    assert decoded(examples.texts, "downstream") == marked(labelled_words()[split], all_words())
    assert examples.labels.tolist() == [row.label for row in labelled_rows()[split]]


def text_of(corpus: str) -> dict[str, list[list[str]]]:
    """The words that SGNS may read of each corpus: of the labelled rows never those of test."""
    rows = labelled_rows()
    own = {"train": rows["train"], "validation": rows["validation"]}
    of_labels = {split: [row.text.split() for row in own[split]] for split in own}
    of_text = {split: [row.split() for row in TEXT[split]] for split in own}
    return {
        "in-domain": of_labels,
        "both": {split: of_text[split] + of_labels[split] for split in own},
    }[corpus]


@pytest.mark.usefixtures("tokenized")
@pytest.mark.parametrize("corpus", ["in-domain", "both"])
def test_other_corpora_are_the_labelled_pools_words_and_both_together(corpus: str) -> None:
    splits = text_of(corpus)
    counts = Counter(word for row in splits["train"] for word in row)
    known = {word for word, number in counts.items() if number >= 2}
    folder = TOKENS / corpus
    vocabulary = read_vocabulary(folder)
    assert set(vocabulary.words) == known | {UNKNOWN}
    assert vocabulary.counts[1:].tolist() == [counts[word] for word in vocabulary.words[1:]]
    for split, rows in splits.items():
        found = decoded(read_texts(folder, split), corpus)
        assert found == marked(rows, known)


@pytest.mark.usefixtures("tokenized")
@pytest.mark.parametrize("corpus", ["in-domain", "both"])
def test_no_other_corpus_reads_the_test_rows(corpus: str, tokens: dict[str, bytes]) -> None:
    other = [LabelledRow(0, "umbra umbra umbra", 1)]
    write_raw_labelled(RAW / "downstream", "test", other)
    seal_raw()
    assert run_python(HERE, "-m", "stages.tokenize").returncode == 0
    found = files_below(TOKENS / corpus)
    assert found == {
        name.removeprefix(f"{corpus}/"): content
        for name, content in tokens.items()
        if name.startswith(f"{corpus}/")
    }


def test_statistics_are_those_of_a_slow_count(tokens: dict[str, bytes]) -> None:
    found = json.loads(tokens["statistics.json"])
    assert set(found["words"]) == {"pretrain", "in-domain", "both", "downstream"}
    assert found["words"]["pretrain"] == len(pretrain_words())
    assert found["words"]["downstream"] == len(all_words())
    for split, texts in TEXT.items():
        rows = [row.split() for row in texts]
        assert found["pretrain"][split] == {
            "rows": len(rows),
            "tokens": sum(len(row) for row in rows),
            "unknown_share": unknown_share(rows, pretrain_words()),
        }
    for split, rows in labelled_words().items():
        assert found["downstream"][split] == {
            "rows": len(rows),
            "tokens": sum(len(row) for row in rows),
            "unknown_share": unknown_share(rows, all_words()),
            "unknown_to_pretrain_share": unknown_share(rows, pretrain_words()),
        }


def test_of_few_rows_half_are_held_out_and_it_is_said() -> None:
    write_params(HERE, {**PARAMS, "data.validation": 3000})
    done = run_python(HERE, "-m", "stages.tokenize")
    assert done.returncode == 0, done.stderr
    assert len(read_labelled("validation").labels) == 43 // 2
    assert done.stdout.startswith(
        "tokenize: 21 of the 43 labelled rows are held out to validate on, not 3,000"
    )


def test_vocabulary_is_made_of_the_train_split_alone(tokens: dict[str, bytes]) -> None:
    write_raw_text(RAW / "pretrain", "validation", ["amber other words"] * 9)
    write_raw_text(RAW / "pretrain", "test", ["still other words"] * 9)
    seal_raw()
    assert run_python(HERE, "-m", "stages.tokenize").returncode == 0
    found = (TOKENS / "pretrain" / "vocabulary.tsv").read_bytes()
    assert found == tokens["pretrain/vocabulary.tsv"]


def test_source_without_a_test_split_of_text(tokens: dict[str, bytes]) -> None:
    (RAW / "pretrain" / "test.parquet").unlink()
    seal_raw()
    assert run_python(HERE, "-m", "stages.tokenize").returncode == 0
    assert set(tokens) - set(files_below(TOKENS)) == {
        "pretrain/test.tokens.npy",
        "pretrain/test.offsets.npy",
    }


def test_missing_train_split_says_how_to_make_it() -> None:
    (RAW / "downstream/train.parquet").unlink()
    said = only_sentence(run_python(HERE, "-m", "stages.tokenize"), "tokenize")
    assert said.endswith("make it with: dvc repro download")
    assert not (HERE / "data/tokens").exists()


@pytest.mark.usefixtures("tokenized")
def test_full_disk_leaves_the_old_tokens_whole(
    tokens: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_raw_text(RAW / "pretrain", "train", made_up_rows(50, seed=77))
    seal_raw()

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stage, "write_labels", no_space)
    with pytest.raises(OSError, match="No space"):
        stage.tokenize(load_sections(Settings))
    assert files_below(TOKENS) == tokens


# --- subwords -------------------------------------------------------------------------------


def test_subwords_are_learned_once_and_lie_beside_every_vocabulary() -> None:
    write_params(HERE, PARAMS | {"tokenize.kind": "subwords", "tokenize.pieces": 100})
    stage.tokenize(load_sections(Settings))
    learned = {read_vocabulary(folder).subwords for folder in TOKENS.iterdir() if folder.is_dir()}
    (subwords,) = learned
    assert read_splitting(TOKENS / "downstream") == Splitting(True, MAX_LENGTH, subwords)
    split = splitter(True, subwords)
    known = set(read_vocabulary(TOKENS / "pretrain").words)
    expected = marked([split(row) for row in TEXT["train"]], known)
    assert decoded(read_texts(TOKENS / "pretrain", "train"), "pretrain") == expected
    assert sum(word == UNKNOWN for row in expected for word in row) == 0  # each letter is known


def test_subwords_are_learned_from_no_row_that_is_measured_on() -> None:
    write_params(HERE, PARAMS | {"tokenize.kind": "subwords", "tokenize.pieces": 100})
    found = []
    for word in ("amber", "\u00e6\u00f0\u00fe"):
        for split in ("validation", "test"):
            write_raw_text(RAW / "pretrain", split, [f"basin {word}"] * 9)
        write_raw_labelled(RAW / "downstream", "test", [LabelledRow(0, word, 1)] * 9)
        seal_raw()
        stage.tokenize(load_sections(Settings))
        found.append(read_splitting(TOKENS / "downstream").subwords)
    assert found[0] == found[1] is not None


# --- text that is likely a mistake ----------------------------------------------------------


def test_validation_text_of_another_language_is_refused() -> None:
    write_raw_text(RAW / "pretrain", "validation", ["ein anderer Text"] * 9)
    seal_raw()
    done = run_python(HERE, "-m", "stages.tokenize")
    assert "100% of the words of the validation text are not" in only_sentence(done, "tokenize")
    assert files_below(TOKENS) == {}


def test_labelled_text_of_another_language_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [LabelledRow(i % 2, "ein anderer Text", i) for i in range(40)]
    write_raw_labelled(RAW / "downstream", "train", rows)
    seal_raw()
    stage.tokenize(load_sections(Settings))
    assert "tokenize: 100% of the words of the labelled rows are not" in capsys.readouterr().out
