"""Logistic regression on the same labelled rows: of TF-IDF, and of mean word vectors."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from stages.classify.scores import Scores
from stages.core.arrays import FloatArray, LongArray
from stages.vectors.tokens import UNKNOWN_ID, LabelledTexts, Texts

INVERSE_REGULARISATION = (1.0, 3.0, 10.0, 30.0)  # values of C, chosen on validation rows
PAIR_OCCURRENCES = 2  # of a pair of neighbouring words in the labelled rows, to be a feature
PROBE_REGULARISATION = (10.0, 100.0, 1000.0)  # the same for rows of length 1 in d dimensions

DIGITS = 6  # kept of a regression's loss and macro-F1


def tfidf_scores(
    train: LabelledTexts,
    validation: LabelledTexts,
    test: LabelledTexts,
    words: int,
    classes: int,
    *,
    bigrams: bool = False,
) -> tuple[Scores, Scores]:
    """Fit on ``train``, choose C on ``validation``; return validation scores, and test ones by row.

    The C of highest validation accuracy is taken; of equals, that of lowest loss. Every word of
    ``train`` is a feature, and no other: words that only the other splits have count for nothing.
    With ``bigrams``, so is every pair of neighbouring words that it has at least twice.
    Where ``train`` has no word, or one class only, its class frequencies are the answer.
    """
    splits = train, validation, test
    seen = seen_words(train, words)
    weigh = TfidfTransformer(sublinear_tf=True)
    counts = [count_matrix(split.texts, words)[:, seen] for split in splits]
    if bigrams:
        pairs = frequent_pairs(train.texts, words)
        counts = [
            hstack([of_words, pair_matrix(split.texts, words, pairs)], format="csr")
            for of_words, split in zip(counts, splits, strict=True)
        ]
    if counts[0].shape[1]:
        counts = [weigh.fit_transform(counts[0]), *map(weigh.transform, counts[1:])]
    return _best_regression(counts, splits, INVERSE_REGULARISATION, classes)


def seen_words(train: LabelledTexts, words: int) -> npt.NDArray[np.bool_]:
    """Return whether each word occurs in ``train``, (words,); ``<unk>`` never does."""
    seen = np.bincount(train.texts.tokens, minlength=words) > 0
    seen[UNKNOWN_ID] = False
    return seen


def frequent_pairs(rows: Texts, words: int) -> LongArray:
    """Return the pairs of neighbouring words that occur often enough, by their numbers, rising."""
    pairs, occurrences = np.unique(_pairs(rows, words)[1], return_counts=True)
    frequent: LongArray = pairs[occurrences >= PAIR_OCCURRENCES]
    return frequent


def pair_matrix(rows: Texts, words: int, pairs: LongArray) -> csr_matrix:
    """Return the sparse matrix of counts of these pairs, (rows, pairs); no others count."""
    row, pair = _pairs(rows, words)
    known = np.isin(pair, pairs)
    places = row[known], np.searchsorted(pairs, pair[known])
    return csr_matrix((np.ones(known.sum()), places), shape=(len(rows), len(pairs)))


def _pairs(rows: Texts, words: int) -> tuple[LongArray, LongArray]:
    """Return the row and the number of each pair of neighbouring words, none of them ``<unk>``."""
    tokens = np.asarray(rows.tokens, np.int64)
    row = np.repeat(np.arange(len(rows)), rows.lengths)
    known = tokens != UNKNOWN_ID
    whole = known[1:] & known[:-1] & (row[1:] == row[:-1])
    return row[1:][whole], (tokens[:-1] * words + tokens[1:])[whole]


def probe_scores(
    train: LabelledTexts,
    validation: LabelledTexts,
    test: LabelledTexts,
    vectors: FloatArray,
    classes: int,
) -> tuple[Scores, Scores]:
    """Do the same with a linear probe: the features are the mean vector of a row's words.

    ``vectors``, (words, d), are brought to one length each, and the means too; a word whose
    vector is zero counts for nothing. So the probe tells what the vectors hold as they are.
    """
    splits = train, validation, test
    features = tuple(mean_vectors(split.texts, vectors) for split in splits)
    return _best_regression(features, splits, PROBE_REGULARISATION, classes)


def mean_vectors(rows: Texts, vectors: FloatArray) -> FloatArray:
    """Return the direction of each row's mean word vector, (rows, d); zero without a word."""
    table = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    means = np.asarray(count_matrix(rows, len(table)) @ table)
    unit: FloatArray = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return unit


def _best_regression(
    features: Sequence[Any], splits: Sequence[LabelledTexts], grid: Sequence[float], classes: int
) -> tuple[Scores, Scores]:
    """Fit on the first, choose C on the second, and return scores of the second and third."""
    if not features[0].shape[1] or len(np.unique(splits[0].labels)) < 2:  # nothing to regress
        validation, test = (_by_frequency(splits[0].labels, s.labels, classes) for s in splits[1:])
        return validation, test
    # Each C starts from where the last one ended. By scikit-learn's own tolerance that would do
    # for the next one too, and nothing would move.
    model = LogisticRegression(solver="newton-cg", max_iter=100, tol=1e-5, warm_start=True)
    fitted = []
    for c in grid:
        model.set_params(C=c).fit(features[0], splits[0].labels)
        scores = _judge(model, features[1], splits[1].labels, classes)
        fitted.append((scores, deepcopy(model)))
    validation_scores, best = max(fitted, key=lambda pair: pair[0].rank())
    return validation_scores, _judge(best, features[2], splits[2].labels, classes)


def count_matrix(rows: Texts, words: int) -> csr_matrix:
    """Return the sparse matrix of word counts, (rows, words)."""
    ones = np.ones(len(rows.tokens), np.float64)
    matrix = csr_matrix((ones, rows.tokens.copy(), rows.offsets), shape=(len(rows), words))
    matrix.sum_duplicates()
    return matrix


def _judge(model: LogisticRegression, x: Any, labels: LongArray, classes: int) -> Scores:
    # A class that the subset lacks gets probability 0.
    probability = np.zeros((x.shape[0], classes))
    probability[:, model.classes_] = model.predict_proba(x)
    return _judged(probability, labels, classes)


def _by_frequency(seen: LongArray, labels: LongArray, classes: int) -> Scores:
    """Judge the guess that has nothing but the labels, (n,), of ``train`` to go by."""
    frequency = np.bincount(seen, minlength=classes) / len(seen)
    return _judged(np.tile(frequency, (len(labels), 1)), labels, classes)


def _judged(probability: npt.NDArray[np.float64], labels: LongArray, classes: int) -> Scores:
    """Judge probabilities, (n, classes), beside labels, (n,); ``log_loss`` clips those of 0.

    Rounded, because BLAS and NumPy's logarithm have other last digits on another processor.
    """
    loss = float(log_loss(labels, probability, labels=np.arange(classes)))
    scores = Scores.of(round(loss, DIGITS), probability.argmax(1), labels, classes)
    return replace(scores, macro_f1=round(scores.macro_f1, DIGITS))
