"""Pieces of words: for scripts without spaces, and the same from run to run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.texts.subwords import BEGIN, splitter, train
from stages.texts.words import runs
from tests.support import made_up_rows, run_python

THAI = ["ฉันไปโรงเรียน", "ฉันไปตลาด", "เขาไปโรงเรียน", "โรงเรียนใหญ่"] * 5
CHINESE = ["我去学校", "他去学校", "我爱学校", "学校很大"] * 5
ENGLISH = ["playing the game", "played a game", "plays the games"] * 5


def split_by(texts: list[str], text: str, pieces: int = 100) -> list[str]:
    return splitter(True, train(texts, True, pieces))(text)


@pytest.mark.parametrize(
    ("texts", "text", "expected"),
    [
        (THAI, "ตลาดโรงเรียน", "โรงเรียน"),
        (CHINESE, "大学校", "学校"),
        (ENGLISH, "replaying", "play"),
    ],
)
def test_what_a_corpus_has_often_is_a_piece(texts: list[str], text: str, expected: str) -> None:
    assert expected in [piece.strip(BEGIN) for piece in split_by(texts, text)]


@given(st.lists(st.sampled_from("abc "), max_size=30).map("".join))
def test_pieces_of_known_letters_are_the_text(text: str) -> None:
    pieces = splitter(True, ABC)(text)
    assert "".join(pieces).replace(BEGIN, " ").split() == runs(text)


ABC = train(["a b c ab abc cab"] * 9, True, 100)


def test_letters_that_were_not_seen_are_unknown_and_so_is_the_mark_of_one() -> None:
    assert split_by(ENGLISH, "the <unk> game") == [BEGIN + "the", "<unk>", BEGIN + "game"]
    assert "<unk>" in split_by(ENGLISH, "gamé")


LEARN = """
from stages.texts.subwords import train
from tests.support import made_up_rows
print(train(made_up_rows(500), True, 300))
"""


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_same_pieces_in_every_process(tmp_path: Path, threads: str) -> None:
    seeds = {"RAYON_NUM_THREADS": threads, "PYTHONHASHSEED": "random"}  # so that it is no fork
    done = run_python(tmp_path, "-c", LEARN, **seeds)
    assert done.stdout.strip() == train(made_up_rows(500), True, 300)
