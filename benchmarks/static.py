"""Our vectors as others evaluate static ones, beside gensim's: ``python -m benchmarks.static``.

Of words: Spearman's correlation of cosines with people's judgement of pairs (WordSim-353,
Finkelstein et al., 2002; SimLex-999, Hill et al., 2015), and the share of analogies that are solved
(Mikolov et al., 2013), each over what the vocabulary knows; the files come with gensim. Of
sentences: test accuracy of the nearest neighbours by cosine, on AG News and, where `make studies`
has read them, on its tasks; beside TF-IDF of the same words.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from gensim.models import KeyedVectors
from gensim.test.utils import datapath
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import KNeighborsClassifier

from benchmarks.corpus import save_table, training_rows, without_unknown
from benchmarks.train import train_gensim
from stages.check.whole import load_params
from stages.core.console import run_stage
from stages.texts.words import words
from stages.vectors.vectors import SGNS_MAIN

NEIGHBOURS = 10
SPLITS = ("train", "test")
OTHER_TASKS = Path("studies/data")


def of_words(vectors: KeyedVectors) -> dict[str, float]:
    """Return the scores of vectors as such."""
    found = {}
    for name, file in (("wordsim", "wordsim353.tsv"), ("simlex", "simlex999.txt")):
        found[name] = vectors.evaluate_word_pairs(datapath(file))[1][0]
    _, sections = vectors.evaluate_word_analogies(datapath("questions-words.txt"))
    for name, kind in (("semantic", False), ("syntactic", True)):
        some = [s for s in sections[:-1] if s["section"].startswith("gram") == kind]
        right, wrong = (sum(len(s[key]) for s in some) for key in ("correct", "incorrect"))
        found[name] = right / (right + wrong)
    return found


def means(vectors: KeyedVectors, texts: list[list[str]]) -> Any:
    """Return the mean vector of each text's known words, (texts, d)."""
    return np.stack([vectors.get_mean_vector(text or [""], pre_normalize=False) for text in texts])


def of_sentences(raw: Path, encoders: dict[str, KeyedVectors]) -> dict[str, float]:
    """Return the accuracy of each encoder, and of TF-IDF, on one labelled set."""
    train, test = (pd.read_parquet(raw / f"downstream/{split}.parquet") for split in SPLITS)
    split = [[words(text) for text in table["text"]] for table in (train, test)]
    weighted = TfidfVectorizer(analyzer=list, sublinear_tf=True)
    pairs = {name: [means(vectors, texts) for texts in split] for name, vectors in encoders.items()}
    pairs["TF-IDF"] = [weighted.fit_transform(split[0]), weighted.transform(split[1])]
    nearest = KNeighborsClassifier(NEIGHBOURS, metric="cosine", algorithm="brute")
    return {
        name: float(nearest.fit(known, train["label"]).score(new, test["label"]))
        for name, (known, new) in pairs.items()
    }


def main() -> None:
    """Evaluate both."""
    bare, _ = train_gensim(without_unknown(training_rows()), load_params().sgns)
    ours = KeyedVectors.load_word2vec_format(str(SGNS_MAIN / "vectors.bin"), binary=True)
    encoders = {"ours": ours, "gensim": bare.wv}
    scores = {name: of_words(vectors) for name, vectors in encoders.items()} | {"TF-IDF": {}}
    tasks = {"ag_news": Path("data/raw")}
    tasks |= {raw.parent.name: raw for raw in sorted(OTHER_TASKS.glob("*/raw"))}
    for task, raw in tasks.items():
        for name, accuracy in of_sentences(raw, encoders).items():
            scores[name][task] = accuracy
    columns = list(scores["ours"])
    rows: list[list[object]] = [
        [name, *(f"{of.get(c, np.nan):.3f}" for c in columns)] for name, of in scores.items()
    ]
    save_table("static.csv", ["vectors", *columns], rows)


if __name__ == "__main__":
    run_stage("benchmarks.static", main)
