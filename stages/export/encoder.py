"""A folder that model2vec and sentence-transformers load as an encoder of sentences."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from tokenizers import Tokenizer

from stages.core.arrays import FloatArray
from stages.core.atomic import write_bytes, write_text
from stages.export.tokenizer import tokenizer
from stages.vectors.tokens import UNKNOWN_ID, Vocabulary


def write_encoder(
    folder: Path, vocabulary: Vocabulary, centre: FloatArray, lowercase: bool
) -> None:
    """Write an encoder: of a text, the mean of its known words' vectors, of length 1.

    Args:
        folder: a new one.
        vocabulary: of V words.
        centre: their vectors, (V, d).
        lowercase: whether the words are in lower case.
    """
    splits = tokenizer(vocabulary, lowercase)
    write_text(folder / "tokenizer.json", splits.to_str())
    tensors = {"embeddings": _by_token(splits, vocabulary, centre)}
    write_bytes(folder / "model.safetensors", save(tensors))
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": centre.shape[1],
        "embedding_dtype": "float32",
        "max_length": None,
        "normalize": True,
    }
    write_text(folder / "config.json", json.dumps(config, indent=2) + "\n")
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate([("", "StaticEmbedding"), ("1_Normalize", "Normalize")])
    ]
    write_text(folder / "modules.json", json.dumps(modules, indent=2) + "\n")
    write_text(folder / "1_Normalize/config.json", "{}\n")


def _by_token(splits: Tokenizer, vocabulary: Vocabulary, centre: FloatArray) -> FloatArray:
    """Return vectors by the tokenizer's ids; zeros for ``<unk>`` and what has none.

    model2vec leaves unknown words out and sentence-transformers counts them in the mean: with
    zeros the direction is the same, and the length is made 1.
    """
    ids = vocabulary.ids()
    rows = np.array([ids.get(word, UNKNOWN_ID) for word in _words(splits)])
    found: FloatArray = centre[rows]
    found[rows == UNKNOWN_ID] = 0
    return found


def _words(splits: Tokenizer) -> list[str]:
    return sorted(splits.get_vocab(), key=splits.get_vocab().__getitem__)
