"""A map of frequent words: those with similar vectors lie together, in two dimensions."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.cluster.hierarchy import ClusterNode, fcluster, linkage, to_tree

from stages.core.arrays import FloatArray
from stages.vectors.tokens import Vocabulary

WORDS = 220  # that are drawn
LETTERS = 4  # a shorter word is mostly one of grammar, or a number
CLUSTERS = 7
SIDE = 100.0  # of the map
SHAPE = 2.8  # a word is so many times as wide as high, in units of the map

Places = npt.NDArray[np.float64]


def word_map(vocabulary: Vocabulary, centre: FloatArray, words: int = WORDS) -> pd.DataFrame:
    """Return word, x, y and cluster of the most frequent words of ``LETTERS`` letters or more.

    Centre vectors of length 1 are clustered by Ward's method (1963), and the map is cut into parts
    as its tree branches. What hangs on are comparisons of distances, not their last digits, which
    may be the processor's: in a layout by gradient descent, as t-SNE, these move every word.
    """
    shown = [
        number
        for number, word in enumerate(vocabulary.words)
        if number and len(word) >= LETTERS and word.isalpha()
    ][:words]
    columns = ["word", "x", "y", "cluster"]
    if len(shown) <= CLUSTERS:
        return pd.DataFrame(columns=columns)
    vectors = centre[shown].astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    tree = linkage(vectors, "ward")
    places = np.empty((len(shown), 2))
    place(to_tree(tree), (0, 0), (SIDE, SIDE), places)
    named = [vocabulary.words[number] for number in shown]
    cluster = pd.factorize(fcluster(tree, CLUSTERS, "maxclust"))[0]
    x, y = places.T.round(3)
    return pd.DataFrame({"word": named, "x": x, "y": y, "cluster": cluster})[columns]


def place(
    node: ClusterNode, low: tuple[float, float], high: tuple[float, float], places: Places
) -> None:
    """Place the words of a branch between two corners: each part as large as it has words.

    The part with the most frequent word lies to the left or above.
    """
    if node.is_leaf():
        places[node.id] = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
        return
    first, second = sorted((node.left, node.right), key=lambda part: min(part.pre_order()))
    share = first.count / node.count
    if high[0] - low[0] > SHAPE * (high[1] - low[1]):
        cut = low[0] + share * (high[0] - low[0])
        place(first, low, (cut, high[1]), places)
        place(second, (cut, low[1]), high, places)
    else:
        cut = high[1] - share * (high[1] - low[1])
        place(first, (low[0], cut), high, places)
        place(second, low, (high[0], cut), places)
