import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from stages.artifacts import Labelled, TokenRows
from stages.classify.baseline import count_matrix, tfidf_scores
from stages.classify.scores import Scores


def labelled(rows: list[list[int]], labels: list[int]) -> Labelled:
    return Labelled(TokenRows.from_lists(rows), np.array(labels, np.int64))


def test_counts_each_word_of_each_row() -> None:
    matrix = count_matrix(TokenRows.from_lists([[2, 1, 2], [], [0]]), 4)
    assert matrix.toarray().tolist() == [[0, 1, 2, 0], [0, 0, 0, 0], [1, 0, 0, 0]]


def test_weights_are_those_of_scikit_learns_own_vectorizer() -> None:
    rows = [[1, 1, 2], [2, 3], [3, 3, 3, 1]]
    texts = [" ".join(f"w{t}" for t in row) for row in rows]
    theirs = TfidfVectorizer(sublinear_tf=True).fit_transform(texts).toarray()
    from sklearn.feature_extraction.text import TfidfTransformer

    counts = count_matrix(TokenRows.from_lists(rows), 4)
    ours = TfidfTransformer(sublinear_tf=True).fit_transform(counts).toarray()
    np.testing.assert_allclose(ours[:, 1:], theirs)


def test_learns_words_that_tell_the_class() -> None:
    train = labelled([[1, 5], [1, 6], [2, 5], [2, 6]] * 5, [0, 0, 1, 1] * 5)
    held_out = labelled([[1], [2], [2, 5], [1, 6]], [0, 1, 1, 0])
    validation, test = tfidf_scores(train, held_out, held_out, 7, 2)
    assert validation.accuracy == test.accuracy == 1.0
    assert test.loss < np.log(2)


def test_a_class_without_a_labelled_example_is_never_predicted() -> None:
    train = labelled([[1], [2]] * 5, [0, 2] * 5)
    held_out = labelled([[1], [2], [3]], [0, 2, 1])
    _, test = tfidf_scores(train, held_out, held_out, 4, 3)
    assert np.isclose(test.accuracy, 2 / 3) and np.isfinite(test.loss)


def test_accuracy_ranks_first_and_loss_breaks_ties() -> None:
    assert Scores(0.9, 0.8).rank() > Scores(0.1, 0.7).rank()
    assert Scores(0.4, 0.8).rank() > Scores(0.5, 0.8).rank()
