"""Our vectors beside gensim's at the same settings: ``python -m benchmarks.quality``.

Both are put into the same classifier, at every label budget, with the same rows, seeds and
batch order; and both are asked how alike the pairs of words of WordSim-353 are (Finkelstein
et al., 2002; the file comes with gensim).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import gensim
import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from benchmarks.corpus import save_table, sentences, training_rows, without_unknown
from benchmarks.train import new_gensim
from stages.check.whole import load_params
from stages.core.arrays import FloatArray
from stages.core.console import run_stage
from stages.report.statistics import mean_interval
from stages.sgns.params import SgnsParams
from stages.vectors.tokens import TOKENS, Vocabulary, read_vocabulary, write_vocabulary
from stages.vectors.vectors import SGNS_MAIN, WordVectors, read_vectors, write_vectors

WORDSIM = Path(gensim.__file__).parent / "test" / "test_data" / "wordsim353.tsv"


def gensim_vectors(vocabulary: Vocabulary, params: SgnsParams) -> FloatArray:
    """Return gensim's centre vectors in the order of our vocabulary, (V, d)."""
    model = new_gensim(params)
    text = sentences(without_unknown(training_rows()), vocabulary)
    model.build_vocab(text)
    model.train(text, total_examples=model.corpus_count, epochs=params.epochs)
    vectors = np.zeros((len(vocabulary), params.dim), np.float32)
    vectors[1:] = model.wv[list(vocabulary.words[1:])]
    return vectors


def write_folder(folder: Path, vocabulary: Vocabulary, vectors: FloatArray) -> None:
    """Write vectors where the classifier finds them."""
    write_vectors(folder, WordVectors(vectors, vectors, {}))
    write_vocabulary(folder, vocabulary)


def accuracies(vectors: Path, budget: int, out: Path) -> pd.Series:
    """Return the classifier's test accuracy by seed."""
    command = [sys.executable, "-m", "stages.classify", "train", "--vectors", str(vectors)]
    command += ["--budget", str(budget), "--methods", "word2vec", "--out", str(out)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return pd.read_csv(out / "results.csv").set_index("run")["test_accuracy"]


def wordsim(vocabulary: Vocabulary, vectors: FloatArray) -> tuple[float, int]:
    """Return Spearman's correlation of cosines with people's judgement, and the pairs known."""
    ids = vocabulary.ids()
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    lines = [line.split("\t") for line in WORDSIM.read_text().splitlines() if line[0] != "#"]
    pairs = [(a.lower(), b.lower(), float(score)) for a, b, score in lines]
    known = [pair for pair in pairs if pair[0] in ids and pair[1] in ids]
    cosines = [unit[ids[a]] @ unit[ids[b]] for a, b, _ in known]
    return float(spearmanr(cosines, [score for *_, score in known])[0]), len(known)


def main() -> None:
    """Compare and print."""
    params = load_params()
    vocabulary = read_vocabulary(TOKENS / "pretrain")
    theirs = gensim_vectors(vocabulary, params.sgns)
    ours = read_vectors(SGNS_MAIN).centre
    table: list[list[object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(folder / "models/gensim", vocabulary, theirs)
        write_folder(folder / "models/ours", vocabulary, ours)  # one model, as of gensim
        for budget in params.classify.budgets:
            mine = accuracies(folder / "models/ours", budget, folder / "ours")
            other = accuracies(folder / "models/gensim", budget, folder / "gensim")
            gain = mean_interval(mine - other)
            figures = (mine.mean(), other.mean(), gain.mean, gain.low, gain.high)
            table.append([f"test accuracy at {budget} labels", *(f"{x:.4f}" for x in figures)])
    (mine_ws, pairs), (other_ws, _) = wordsim(vocabulary, ours), wordsim(vocabulary, theirs)
    what = f"WordSim-353, Spearman, {pairs} pairs"
    scores = [f"{x:.4f}" for x in (mine_ws, other_ws, mine_ws - other_ws)]
    table.append([what, *scores, "", ""])
    columns = ["what", "ours", "gensim", "difference", "ci_low", "ci_high"]
    save_table("sgns_quality.csv", columns, table)


if __name__ == "__main__":
    run_stage("quality", main)
