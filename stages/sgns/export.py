"""Saving a trained model: safetensors, word2vec's binary format, and its history."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from stages.core.arrays import FloatArray
from stages.core.atomic import write_csv, write_text
from stages.sgns.params import SgnsParams
from stages.sgns.trainer import Epoch, Loss
from stages.vectors.tokens import Vocabulary
from stages.vectors.vectors import HISTORY_COLUMNS, WordVectors, write_vectors


def save(
    folder: Path,
    vectors: tuple[FloatArray, FloatArray],
    vocabulary: Vocabulary,
    history: Sequence[Epoch],
    params: SgnsParams,
) -> str:
    """Write everything that one model leaves; return the SHA-256 of ``vectors.safetensors``.

    vectors.safetensors has the tensors ``centre`` and ``context``, (V, d) each, and, as
    metadata, the parameters but how many models and parts there were, and the SHA-256 of the
    vocabulary's words, whose ids are the rows.
    vectors.bin has the centre vectors for ``gensim.models.KeyedVectors`` and its kin.
    """
    about = {"words_sha256": vocabulary.words_sha256()}
    about |= {
        key: str(value) for key, value in params.model_dump(exclude={"models", "parts"}).items()
    }
    digest = write_vectors(folder, WordVectors(*vectors, about))
    write_text(folder / "vectors.sha256", f"{digest}  vectors.safetensors\n")
    with (folder / "vectors.bin").open("wb") as file:
        write_word2vec(file, vocabulary, vectors[0])
    rows = [(e.epoch, *_loss_columns(e.train), *_loss_columns(e.validation)) for e in history]
    write_csv(folder / "history.csv", HISTORY_COLUMNS, rows)
    return digest


def write_word2vec(file: BinaryIO, vocabulary: Vocabulary, vectors: FloatArray) -> None:
    """Write the binary format of word2vec.c; ``<unk>``, which is never trained, is left out."""
    file.write(f"{len(vocabulary) - 1} {vectors.shape[1]}\n".encode())
    for word, vector in zip(vocabulary.words[1:], vectors[1:], strict=True):
        file.write(word.encode("utf-8") + b" " + vector.astype("<f4").tobytes() + b"\n")


def _loss_columns(loss: Loss | None) -> tuple[object, ...]:
    if loss is None:
        return ("", "", "", "")
    return (loss.total, loss.positive, loss.negative, loss.pairs)
