"""The baseline: TF-IDF and logistic regression on the same labelled rows."""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from stages.artifacts import Labelled, TokenRows
from stages.classify.scores import Scores

INVERSE_REGULARISATION = (1.0, 3.0, 10.0, 30.0)  # values of C, chosen on validation rows


def tfidf_scores(
    train: Labelled, validation: Labelled, test: Labelled, words: int, classes: int
) -> tuple[Scores, Scores]:
    """Fit on ``train``, choose C on ``validation`` and return validation and test scores.

    The C of highest validation accuracy is taken; of equals, that of lowest loss.
    Every word counts that occurs in the training pool, also those without an embedding row.
    """
    weigh = TfidfTransformer(sublinear_tf=True)
    train_x = weigh.fit_transform(count_matrix(train.rows, words))
    validation_x = weigh.transform(count_matrix(validation.rows, words))
    fitted = []
    for c in INVERSE_REGULARISATION:
        model = LogisticRegression(C=c, solver="newton-cg", max_iter=100).fit(train_x, train.labels)
        fitted.append((_score(model, validation_x, validation.labels, classes), model))
    validation_scores, best = max(fitted, key=lambda pair: pair[0].rank())
    test_x = weigh.transform(count_matrix(test.rows, words))
    return validation_scores, _score(best, test_x, test.labels, classes)


def count_matrix(rows: TokenRows, words: int) -> csr_matrix:
    """Return the sparse matrix of word counts, (rows, words)."""
    ones = np.ones(len(rows.tokens), np.float64)
    matrix = csr_matrix((ones, rows.tokens.copy(), rows.offsets), shape=(len(rows), words))
    matrix.sum_duplicates()
    return matrix


def _score(model: LogisticRegression, x: csr_matrix, labels: object, classes: int) -> Scores:
    # A class that the subset lacks gets probability 0, which log_loss clips.
    probability = np.zeros((x.shape[0], classes))
    probability[:, model.classes_] = model.predict_proba(x)
    accuracy = float(np.mean(probability.argmax(1) == labels))
    loss = log_loss(labels, probability, labels=np.arange(classes))
    return Scores(float(loss), accuracy)
