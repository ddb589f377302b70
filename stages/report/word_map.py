"""A map of frequent words: where their vectors lie, in two dimensions."""

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from stages.files.arrays import FloatArray
from stages.files.tokens import Vocabulary

WORDS = 220  # that are drawn
LETTERS = 4  # a shorter word is mostly one of grammar, or a number
CLUSTERS = 7
PERPLEXITY = 12.0


def word_map(vocabulary: Vocabulary, centre: FloatArray) -> pd.DataFrame:
    """Return word, x, y and cluster of the most frequent words of ``LETTERS`` letters or more.

    t-SNE (van der Maaten and Hinton, 2008) and k-means, both of centre vectors of length 1,
    in one thread, so that they are the same however many there are.
    """
    shown = [
        number
        for number, word in enumerate(vocabulary.words)
        if number and len(word) >= LETTERS and word.isalpha()
    ][:WORDS]
    columns = ["word", "x", "y", "cluster"]
    if len(shown) <= CLUSTERS:
        return pd.DataFrame(columns=columns)
    vectors = centre[shown].astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    perplexity = min(PERPLEXITY, (len(shown) - 1) / 3)
    with threadpool_limits(1):
        layout = TSNE(
            perplexity=perplexity, init="pca", method="exact", random_state=0
        ).fit_transform(vectors)
        cluster = KMeans(CLUSTERS, n_init=10, random_state=0).fit_predict(vectors)
    words = [vocabulary.words[number] for number in shown]
    places = {"x": layout[:, 0].round(3), "y": layout[:, 1].round(3)}
    return pd.DataFrame({"word": words, **places, "cluster": cluster})[columns]
