import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.core.console import StageError
from stages.lens.neighbours import nearest, number_of
from stages.vectors.tokens import Vocabulary, write_vocabulary
from stages.vectors.vectors import WordVectors, write_vectors
from tests.support import only_sentence, run_python

WORDS = Vocabulary(("<unk>", "river", "rivers", "lake", "tax"), np.arange(5, dtype=np.int64))
VECTORS = np.array([[9, 9], [2, 0], [3, 1], [1, 1], [-1, 5]], np.float32)


@given(st.integers(2, 12), st.integers(1, 14), st.integers(0, 99))
def test_nearest_are_those_of_a_slow_search(words: int, many: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(words + 1, 3)).astype(np.float32)
    [found, other] = nearest(vectors, [1, 2], many)
    slow = {
        i: float(vectors[i] @ vectors[1])
        / float(np.linalg.norm(vectors[i]) * np.linalg.norm(vectors[1]))
        for i in range(2, words + 1)
    }
    expected = sorted(slow, key=lambda i: -slow[i])[:many]
    assert [i for i, _ in found] == expected
    assert [cosine for _, cosine in found] == pytest.approx([slow[i] for i in expected], abs=1e-5)
    assert len(other) == len(found) and 2 not in dict(other)


def test_a_word_is_found_in_lower_case_too() -> None:
    assert number_of("River", WORDS) == 1


def test_an_unknown_word_brings_the_closest_spellings() -> None:
    message = r"'rivr' is not among the 4 words of the model\. Known words spelt like it: river"
    with pytest.raises(StageError, match=message):
        number_of("rivr", WORDS)
    with pytest.raises(StageError, match=r"words of the model\.$"):
        number_of("<unk>", WORDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_vectors(tmp_path / "model", WordVectors(VECTORS, VECTORS, {}))
    write_vocabulary(tmp_path / "model", WORDS)
    return tmp_path


def test_command_line(folder: Path) -> None:
    command = ("-m", "stages.lens", "neighbours", "--model", "model", "-n", "2")
    lines = run_python(folder, *command, "river", "tax").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [
        ["word", "neighbour"],
        ["river", "rivers"],
        ["river", "lake"],
        ["tax", "lake"],
        ["tax", "rivers"],
    ]
    found = json.loads(run_python(folder, *command, "--json", "river").stdout)
    assert [row["word"] for row in found["river"]] == ["rivers", "lake"]
    assert found["river"][0]["cosine"] == pytest.approx(3 / 10**0.5, abs=1e-5)


def test_missing_model_and_wrong_number_are_one_sentence(folder: Path) -> None:
    done = run_python(folder, "-m", "stages.lens", "neighbours", "river")
    assert only_sentence(done, "lens").endswith("make it with: dvc repro sgns")
    done = run_python(folder, "-m", "stages.lens", "neighbours", "--model", "model", "-n0", "river")
    assert only_sentence(done, "lens") == "lens: -n is 0, but must be at least 1."
