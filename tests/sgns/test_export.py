import io
import json
import struct
from pathlib import Path

import numpy as np

from stages.core.arrays import FloatArray
from stages.core.atomic import sha256
from stages.sgns.export import save, write_word2vec
from stages.sgns.trainer import Epoch, Loss
from stages.vectors.tokens import Vocabulary, write_vocabulary
from stages.vectors.vectors import read_vectors
from tests.support import make_params

VOCABULARY = Vocabulary(("<unk>", "the", "café", "1,000"), np.array([5, 9, 3, 2], np.int64))


def saved(folder: Path) -> tuple[str, tuple[FloatArray, FloatArray]]:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(2, 4, 6)).astype(np.float32)
    history = [Epoch(0, None, Loss(0.5, 0.25, 8)), Epoch(1, Loss(0.1, 0.2, 9), Loss(0.3, 0.1, 8))]
    params = make_params({"sgns.R": 4, "sgns.K": 7, "sgns.dim": 6}).sgns
    folder.mkdir(exist_ok=True)
    pair = vectors[0], vectors[1]
    return save(folder, pair, VOCABULARY, history, params), pair


def test_the_binary_format_is_that_of_word2vec_c() -> None:
    vectors = np.array([[9, 9], [1, -2], [0.5, 0], [0, 3], [4, 5]], np.float32)
    words = Vocabulary(("<unk>", *VOCABULARY.words[1:], "z"), np.arange(5))
    file = io.BytesIO()
    write_word2vec(file, words, vectors)
    lines = [struct.pack("<2f", *vector) + b"\n" for vector in vectors.tolist()[1:]]
    names = [word.encode() + b" " for word in words.words[1:]]
    assert file.getvalue() == b"4 2\n" + b"".join(map(bytes.__add__, names, lines))


def test_safetensors_carries_both_tables_and_how_they_were_made(tmp_path: Path) -> None:
    digest, (centre, context) = saved(tmp_path)
    write_vocabulary(tmp_path, VOCABULARY)
    loaded = read_vectors(tmp_path)
    assert np.array_equal(loaded.centre, centre) and np.array_equal(loaded.context, context)
    assert (loaded.about["R"], loaded.about["K"], loaded.about["dim"]) == ("4", "7", "6")
    assert loaded.about["words_sha256"] == VOCABULARY.words_sha256()
    content = (tmp_path / "vectors.safetensors").read_bytes()
    assert sha256(content) == digest
    assert digest in (tmp_path / "vectors.sha256").read_text()


def test_history_has_a_line_an_epoch(tmp_path: Path) -> None:
    saved(tmp_path)
    header, start, first = (tmp_path / "history.csv").read_text().splitlines()
    assert header.startswith("epoch,train_loss,train_positive")
    assert start == "0,,,,,0.75,0.5,0.25,8"
    numbers = [json.loads(cell) for cell in first.split(",")]
    assert np.allclose(numbers, [1, 0.3, 0.1, 0.2, 9, 0.4, 0.3, 0.1, 8])
