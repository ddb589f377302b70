"""Each form of ``models/export``, loaded by the library that it is for."""

import json
from pathlib import Path

import numpy as np
import pytest

from stages.export.stage import LOADED
from stages.texts.words import words
from stages.vectors.vectors import WordVectors, read_vectors
from tests.pipeline import finished
from tests.pipeline.project import Project
from tests.support import run_python

TEXT = "Zanzibar, where {} meets {}: it's {} again"  # and words that nobody knows


@pytest.fixture(scope="module")
def project() -> Project:
    """The finished project; for reading only."""
    return finished.finished_project()


@pytest.fixture(scope="module")
def listed(project: Project) -> list[str]:
    """The words, <unk> first."""
    lines = project.read("models/sgns/main/vocabulary.tsv").splitlines()
    return [line.split("\t")[0] for line in lines]


@pytest.fixture(scope="module")
def vectors(project: Project) -> WordVectors:
    """Their vectors."""
    return read_vectors(project.root / "models/sgns/main")


@pytest.mark.parametrize("binary", [True, False])
def test_gensim(project: Project, listed: list[str], vectors: WordVectors, binary: bool) -> None:
    path = project.root / "models/export" / ("vectors.bin" if binary else "vectors.txt")
    models = pytest.importorskip("gensim.models")
    loaded = models.KeyedVectors.load_word2vec_format(str(path), binary=binary)
    assert loaded.index_to_key == listed[1:]
    assert np.array_equal(loaded.vectors, vectors.centre[1:])


def test_encoders_give_the_mean_of_the_known_words(
    project: Project, listed: list[str], vectors: WordVectors
) -> None:
    from model2vec import StaticModel
    from sentence_transformers import SentenceTransformer

    folder = str(project.root / "models/export/encoder")
    texts = [TEXT.format(*listed[i : i + 3]) for i in range(1, 30, 3)]
    rows = [[listed.index(word) for word in words(text) if word in listed] for text in texts]
    means = np.stack([vectors.centre[ids].mean(0) for ids in rows])
    expected = means / np.linalg.norm(means, axis=1, keepdims=True)
    for model in (StaticModel.from_pretrained(folder), SentenceTransformer(folder, device="cpu")):
        assert model.encode(texts) == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
def test_spacy(project: Project, listed: list[str], vectors: WordVectors) -> None:
    out = project.home / "spacy"
    path = project.root / "models/export/vectors.txt"
    run = run_python(project.home, "-m", "spacy", "init", "vectors", "xx", str(path), str(out))
    assert run.returncode == 0, run.stderr
    import spacy

    loaded = spacy.load(out)
    for i in (1, len(listed) - 1):
        assert loaded.vocab[listed[i]].vector.tolist() == vectors.centre[i].tolist()


def test_the_projector_has_a_line_a_word(project: Project, listed: list[str]) -> None:
    rows = np.loadtxt(project.root / "models/export/projector/vectors.tsv", delimiter="\t")
    table = project.read("models/export/projector/metadata.tsv").splitlines()
    assert len(rows) == len(table) - 1 == len(listed) - 1
    assert table[1].split("\t")[0] == listed[1]


def test_the_card_tells_scores_and_how_to_load(project: Project) -> None:
    card = project.read("models/export/encoder/README.md")
    metrics = json.loads(project.read("plots/metrics.json"))
    for labels, accuracy in metrics["word2vec_test_accuracy"].items():
        assert f"| {labels} | {100 * accuracy:.1f} |" in card
    said = project.output("python", "-m", "stages.export", "show")
    for line in LOADED.format("models/export").splitlines():
        assert line in said and line in card


@pytest.mark.slow
def test_dvc_gets_the_version_of_a_tag(project: Project, tmp_path: Path) -> None:
    tagged = project.copy(tmp_path / "tagged")
    tagged.output("git", "tag", "-a", "word-vectors@v1.0.0", "-m", "The first")
    got = tmp_path / "got.bin"
    tagged.output("dvc", "artifacts", "get", ".", "word-vectors", "--out", str(got))
    assert got.read_bytes() == (project.root / "models/export/vectors.bin").read_bytes()
