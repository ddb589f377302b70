"""Writing the main vectors for other programs, and saying how these load them."""

import shutil
from pathlib import Path

from stages.core.arrays import FloatArray
from stages.core.atomic import output_folder, read_json, read_sealed_json, require, write_text
from stages.core.console import say
from stages.export.card import card
from stages.export.encoder import write_encoder
from stages.vectors.tokens import DOWNSTREAM, UNKNOWN, Vocabulary, read_splitting, read_vocabulary
from stages.vectors.vectors import SGNS_MAIN, read_vectors

EXPORT = Path("models/export")
LOADED = """\
gensim                 KeyedVectors.load_word2vec_format("{0}/vectors.bin", binary=True)
model2vec              StaticModel.from_pretrained("{0}/encoder")
sentence-transformers  SentenceTransformer("{0}/encoder")
spaCy                  python -m spacy init vectors xx {0}/vectors.txt FOLDER
TensorBoard projector  load {0}/projector/vectors.tsv and metadata.tsv
"""
_PROJECTED = 10_000  # words that the projector can still turn


def export() -> None:
    """Write the vectors in every form.

    Raises:
        StageError: what they are made from is missing or damaged.
    """
    vectors = read_vectors(SGNS_MAIN)
    vocabulary = read_vocabulary(SGNS_MAIN)
    lowercase = read_splitting(DOWNSTREAM).lowercase
    manifest = read_sealed_json(Path("data/raw/manifest.json"))
    metrics = read_json(Path("plots/metrics.json"))
    with output_folder(EXPORT) as folder:
        shutil.copyfile(require(SGNS_MAIN / "vectors.bin"), folder / "vectors.bin")
        write_text(folder / "vectors.txt", _as_text(vocabulary, vectors.centre))
        write_encoder(folder / "encoder", vocabulary, vectors.centre, lowercase)
        about = card(vectors.about, manifest, metrics, len(vocabulary), LOADED.format(EXPORT))
        write_text(folder / "encoder/README.md", about)
        _write_projector(folder / "projector", vocabulary, vectors.centre)
    show()


def show() -> None:
    """Say what there is, and the line that loads it.

    Raises:
        StageError: there is nothing yet.
    """
    require(EXPORT / "encoder/README.md")
    say(f"export: {EXPORT} has the main vectors; to load them:")
    for line in LOADED.format(EXPORT).splitlines():
        say(f"  {line}")


def _as_text(vocabulary: Vocabulary, centre: FloatArray) -> str:
    """Return word2vec's text format, without ``<unk>``, which is never trained."""
    rows = zip(vocabulary.words, centre, strict=True)
    lines = [f"{word} {' '.join(map(str, row))}\n" for word, row in rows if word != UNKNOWN]
    return f"{len(lines)} {centre.shape[1]}\n{''.join(lines)}"


def _write_projector(folder: Path, vocabulary: Vocabulary, centre: FloatArray) -> None:
    """Write the most frequent words for TensorBoard's projector."""
    some = slice(1, 1 + _PROJECTED)
    lines = ["\t".join(map(str, row)) for row in centre[some]]
    write_text(folder / "vectors.tsv", "\n".join([*lines, ""]))
    words = zip(vocabulary.words[some], vocabulary.counts[some].tolist(), strict=True)
    rows = "".join(f"{word}\t{count}\n" for word, count in words)
    write_text(folder / "metadata.tsv", f"word\tcount\n{rows}")
