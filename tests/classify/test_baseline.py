import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from stages.classify.baseline import (
    INVERSE_REGULARISATION,
    mean_vectors,
    probe_scores,
    tfidf_scores,
)
from stages.classify.scores import Scores
from stages.vectors.tokens import LabelledTexts, Texts


def labelled(rows: list[list[int]], labels: list[int]) -> LabelledTexts:
    return LabelledTexts(Texts.from_lists(rows), np.array(labels, np.int64))


def test_scores_are_those_of_scikit_learns_own_vectorizer() -> None:
    """A second implementation, on words; it knows only the words of the training rows."""
    random = np.random.default_rng(4)
    # Of the others, some words are not in the training rows.
    sizes = ((30, 12), (20, 16), (25, 16))
    rows = [random.integers(0, words, (n, 5)).tolist() for n, words in sizes]
    splits = [labelled(of, [i % 2 for i in range(len(of))]) for of in rows]
    texts = [[" ".join(f"w{word}" for word in row if word != 0) for row in of] for of in rows]
    vectorizer = TfidfVectorizer(sublinear_tf=True).fit(texts[0])
    x = [vectorizer.transform(text) for text in texts]
    best = []
    for c in INVERSE_REGULARISATION:
        model = LogisticRegression(C=c, solver="newton-cg", tol=1e-10).fit(x[0], splits[0].labels)
        scores = []
        for features, split in zip(x[1:], splits[1:], strict=True):
            loss = log_loss(split.labels, model.predict_proba(features))
            scores.append(Scores.of(loss, model.predict(features), split.labels, 2))
        best.append(scores)
    expected = max(best, key=lambda pair: pair[0].rank())
    found = tfidf_scores(splits[0], splits[1], splits[2], 20, 2)
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.accuracy == theirs.accuracy
        assert np.isclose(mine.loss, theirs.loss, rtol=1e-3)


def test_words_without_a_vector_count_for_nothing() -> None:
    vectors = np.array([[0, 0], [2, 0], [0, 3], [0, 0]], np.float32)
    rows = Texts.from_lists([[1, 2], [1, 2, 3, 0], [3], []])
    half = 0.5**0.5
    np.testing.assert_allclose(
        mean_vectors(rows, vectors), [[half, half], [half, half], [0, 0], [0, 0]], rtol=1e-6
    )


def test_the_probe_learns_classes_that_lie_in_different_directions() -> None:
    vectors = np.array([[0, 0], [1, 0.1], [0.1, 1]], np.float32)
    train = labelled([[1], [2]] * 10, [0, 1] * 10)
    held_out = labelled([[2], [1, 1, 2]], [1, 0])
    validation, test = probe_scores(train, held_out, held_out, vectors, 2)
    assert validation.accuracy == test.accuracy == 1 and test.correct.all()


def test_a_class_without_a_labelled_example_is_never_predicted() -> None:
    train = labelled([[1], [2]] * 5, [0, 2] * 5)
    held_out = labelled([[1], [2], [3]], [0, 2, 1])
    _, test = tfidf_scores(train, held_out, held_out, 4, 3)
    assert test.correct.tolist() == [True, True, False] and np.isfinite(test.loss)


def test_accuracy_ranks_first_and_loss_breaks_ties() -> None:
    ranks = [
        Scores(loss, accuracy, 0, np.array([True])).rank()
        for loss, accuracy in ((0.4, 0.8), (0.9, 0.8), (0.1, 0.7))
    ]
    assert ranks == sorted(ranks, reverse=True) and len(set(ranks)) == 3


@pytest.mark.parametrize(
    "train",
    [
        labelled([[1], [2]], [1, 1]),  # one class was drawn
        labelled([[], [0], []], [1, 0, 1]),  # rows without a word: emoji, say
    ],
)
@pytest.mark.parametrize("bigrams", [False, True])
def test_what_cannot_be_regressed_on_is_answered_by_class_frequency(
    train: LabelledTexts, bigrams: bool
) -> None:
    held_out = labelled([[1], [], [2]], [1, 0, 1])
    vectors = np.zeros((3, 2), np.float32)
    for validation, test in (
        tfidf_scores(train, held_out, held_out, 3, 2, bigrams=bigrams),
        probe_scores(train, held_out, held_out, vectors, 2),
    ):
        assert test.correct.tolist() == [True, False, True]
        assert validation == test
        assert np.isfinite(validation.loss)
