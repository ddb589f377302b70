"""Shared and independent negatives, and gensim's: ``python -m benchmarks.negatives``.

Ours scores neighbouring centres against one pool of negatives, weighted up. The reference is
the same training with K negatives a positive for each centre alone. If the pool is good enough,
both reach the same loss on held-out text, the same fit to PMI and the same quality: accuracy of the
classifier from the vectors, and how well their cosines go with people's judgement of the pairs of
words of WordSim-353 (Finkelstein et al., 2002; the file comes with gensim).
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

import gensim
import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from benchmarks.corpus import FOLDER, new_trainer, save_table, training_rows, without_unknown
from benchmarks.train import CORES, new_jobs, train_gensim
from stages.check.whole import load_params
from stages.core.arrays import FloatArray
from stages.core.console import run_stage
from stages.lens.look import Lens
from stages.sgns.batches import Layout
from stages.sgns.params import SgnsParams
from stages.sgns.together import train_together
from stages.vectors.tokens import Vocabulary, read_texts, read_vocabulary, write_vocabulary
from stages.vectors.vectors import Sampling, WordVectors, write_vectors

SETTINGS = ((5, 1), (5, 5), (5, 20), (10, 20))  # (R, K)
BUDGET = 500
WORDSIM = Path(gensim.__file__).parent / "test" / "test_data" / "wordsim353.tsv"
COLUMNS = [
    *("R", "K", "trainer", "negatives", "models", "held_out_loss", "pmi_slope", "wordsim"),
    *("mean_cosine", f"accuracy_{BUDGET}"),
]

Vectors = tuple[FloatArray, FloatArray]


def independent(radius: int, negatives: int) -> Layout:
    """Return the layout in which no centre shares its negatives: as many as its positives have."""
    return Layout(radius, block=1, pool=negatives * (radius + 1))


def trained(params: SgnsParams, layout: Callable[[int, int], Layout]) -> list[Vectors]:
    """Train models with a layout of our choice."""
    with mock.patch.object(Layout, "of", layout):
        jobs = new_jobs(training_rows(), params)
        train_together(jobs, CORES, lambda *_: None)
    return [job.trainer.vectors() for job in jobs]


def gensims(params: SgnsParams) -> list[Vectors]:
    """Return gensim's vectors in the order of our vocabulary."""
    vocabulary = read_vocabulary(FOLDER)
    model, _ = train_gensim(without_unknown(training_rows()), params)
    centre, context = (np.zeros((len(vocabulary), params.dim), np.float32) for _ in range(2))
    places = [model.wv.key_to_index[word] for word in vocabulary.words[1:]]
    centre[1:], context[1:] = model.wv.vectors[places], model.syn1neg[places]
    return [(centre, context)]


def held_out_loss(params: SgnsParams, vectors: Vectors) -> float:
    """Return the loss on held-out text, by one draw for all trainers."""
    trainer = new_trainer(training_rows(), params)
    state = trainer.learner.state() | {"vectors": np.concatenate(vectors)}
    trainer.learner.load(state, 0)
    return trainer.evaluate().total


def accuracy_from(vectors: Path, out: Path) -> float:
    """Return the classifier's mean test accuracy."""
    command = [sys.executable, "-m", "stages.classify", "train", "--vectors", str(vectors)]
    command += ["--budget", str(BUDGET), "--methods", "word2vec", "--out", str(out)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return float(pd.read_csv(out / "results.csv")["test_accuracy"].mean())


def wordsim(vocabulary: Vocabulary, vectors: FloatArray) -> float:
    """Return Spearman's correlation of cosines with people's judgement."""
    ids = vocabulary.ids()
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    lines = [line.split("\t") for line in WORDSIM.read_text().splitlines() if line[0] != "#"]
    pairs = [(a.lower(), b.lower(), float(score)) for a, b, score in lines]
    known = [pair for pair in pairs if pair[0] in ids and pair[1] in ids]
    cosines = [unit[ids[a]] @ unit[ids[b]] for a, b, _ in known]
    return float(spearmanr(cosines, [score for *_, score in known])[0])


def measures(params: SgnsParams, models: Sequence[Vectors], folder: Path) -> list[str]:
    """Return the means over models of all that is compared."""
    vocabulary = read_vocabulary(FOLDER)
    train, validation = (read_texts(FOLDER, split) for split in ("train", "validation"))
    given = params.model_dump(include=set(Sampling.__dataclass_fields__))
    lens = Lens(train, validation, vocabulary.counts, Sampling(**given), seed=0)
    rows = []
    for vectors in models:
        seen = lens.look_at(WordVectors(*vectors, {}), float("nan"))
        write_vectors(folder / "models/one", WordVectors(vectors[0], vectors[0], {}))
        write_vocabulary(folder / "models/one", vocabulary)
        accuracy = accuracy_from(folder / "models/one", folder / "out")
        loss, alike = held_out_loss(params, vectors), wordsim(vocabulary, vectors[0])
        rows.append((loss, seen["pmi_slope"], alike, seen["mean_cosine_centre"], accuracy))
    return [f"{mean:.4f}" for mean in np.mean(rows, axis=0)]


def compared(radius: int, negatives: int, folder: Path) -> list[list[object]]:
    """Return a line a trainer for one R and K."""
    params = load_params().sgns.model_copy(update={"R": radius, "K": negatives})
    layout = Layout.of(radius, negatives)
    found = {
        ("ours", f"{layout.pool} for {layout.block} centres"): trained(params, Layout.of),
        ("reference", "independent"): trained(params, independent),
        ("gensim", "independent"): gensims(params),
    }
    return [
        [radius, negatives, *names, len(models), *measures(params, models, folder)]
        for names, models in found.items()
    ]


def main() -> None:
    """Compare at every setting."""
    table: list[list[object]] = []
    with tempfile.TemporaryDirectory() as name:
        for radius, negatives in SETTINGS:
            table += compared(radius, negatives, Path(name))
            save_table("sgns_negatives.csv", COLUMNS, table)


if __name__ == "__main__":
    run_stage("negatives", main)
