"""``python -m stages.tokenize`` on a corpus so small that all of it can be counted slowly."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from stages.core.atomic import seal, write_bytes
from stages.core.params import load_sections
from stages.texts.classes import write_classes
from stages.texts.raw import RAW, LabelledRow, write_raw_labelled, write_raw_text
from stages.texts.subwords import splitter
from stages.tokenize import stage
from stages.tokenize.params import Settings
from stages.tokenize.split import hold_out
from stages.vectors.tokens import (
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
CORPORA = ("pretrain", "in-domain", "both", "downstream")
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


def words_of(corpus: str) -> dict[str, list[list[str]]]:
    """The words of a corpus, by split; made-up text needs no cleaning, only cutting."""
    text = {split: [row.split() for row in rows] for split, rows in TEXT.items()}
    labelled = {split: [r.text.split() for r in rows] for split, rows in labelled_rows().items()}
    if corpus == "pretrain":
        return text
    if corpus == "downstream":
        return {split: [row[:MAX_LENGTH] for row in rows] for split, rows in labelled.items()}
    # SGNS may read of the labelled rows never those of test.
    own = ("train", "validation")
    return {split: (text[split] if corpus == "both" else []) + labelled[split] for split in own}


def counted(rows: list[list[str]]) -> Counter[str]:
    return Counter(word for row in rows for word in row)


def known_of(corpus: str) -> set[str]:
    """The words seen twice; the classifier knows those of its own rows and of the text."""
    found = {word for word, number in counted(words_of(corpus)["train"]).items() if number >= 2}
    return found | known_of("pretrain") if corpus == "downstream" else found


def marked(rows: list[list[str]], known: set[str]) -> list[list[str]]:
    """Rows with ``<unk>`` in the place of unknown words."""
    return [[word if word in known else UNKNOWN for word in row] for row in rows]


def unknown_share(rows: list[list[str]], known: set[str]) -> float:
    words = [word for row in rows for word in row]
    return round(sum(word not in known for word in words) / len(words), 6)


def decoded(rows: Texts, part: str) -> list[list[str]]:
    words = read_vocabulary(TOKENS / part).words
    return [
        [words[j] for j in rows.tokens[rows.offsets[i] : rows.offsets[i + 1]]]
        for i in range(len(rows))
    ]


@pytest.mark.usefixtures("tokenized")
@pytest.mark.parametrize("corpus", CORPORA)
def test_rows_and_vocabulary_are_the_words_that_went_in(corpus: str) -> None:
    splits, known, folder = words_of(corpus), known_of(corpus), TOKENS / corpus
    vocabulary, counts = read_vocabulary(folder), counted(splits["train"])
    assert set(vocabulary.words) == known | {UNKNOWN}
    assert vocabulary.counts[1:].tolist() == [counts[word] for word in vocabulary.words[1:]]
    for split, rows in splits.items():
        assert decoded(read_texts(folder, split), corpus) == marked(rows, known)
    for split, labelled in labelled_rows().items():
        assert read_labelled(split).labels.tolist() == [row.label for row in labelled]


def test_statistics_are_those_of_a_slow_count(tokens: dict[str, bytes]) -> None:
    found = json.loads(tokens["statistics.json"])
    assert found["words"] == {corpus: len(known_of(corpus)) for corpus in CORPORA}
    for corpus, more in (
        ("pretrain", {}),
        ("downstream", {"unknown_to_pretrain_share": "pretrain"}),
    ):
        shares = {"unknown_share": corpus} | more
        for split, rows in words_of(corpus).items():
            assert found[corpus][split] == {
                "rows": len(rows),
                "tokens": sum(map(len, rows)),
                **{name: unknown_share(rows, known_of(of)) for name, of in shares.items()},
            }


def test_of_few_rows_half_are_held_out_and_it_is_said() -> None:
    write_params(HERE, {**PARAMS, "data.validation": 3000})
    done = run_python(HERE, "-m", "stages.tokenize")
    assert done.returncode == 0, done.stderr
    assert len(read_labelled("validation").labels) == 43 // 2
    assert done.stdout.startswith(
        "tokenize: 21 of the 43 labelled rows are held out to validate on, not 3,000"
    )


def test_source_without_a_test_split_of_text(tokens: dict[str, bytes]) -> None:
    (RAW / "pretrain" / "test.parquet").unlink()
    seal_raw()
    assert run_python(HERE, "-m", "stages.tokenize").returncode == 0
    assert set(tokens) - set(files_below(TOKENS)) == {
        "pretrain/test.tokens.npy",
        "pretrain/test.offsets.npy",
    }


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
