import numpy as np
import pytest

from stages.classify.embedding import initial_embedding
from stages.classify.subset import RowOfWord, rows_of_words
from stages.core.arrays import FloatArray
from stages.core.console import StageError
from stages.results.methods import (
    SHUFFLED,
    VANILLA,
    VANILLA_DEFAULT,
    WORD2VEC,
    WORD2VEC_RAW,
)
from stages.vectors.tokens import Texts

VECTORS = (np.random.default_rng(2).standard_normal((6, 4)) * 3).astype(np.float32)


def words() -> RowOfWord:
    return rows_of_words(
        Texts.from_lists([[7, 7, 8, 9, 9]]), np.array([0, 1, 2, 3, 4, 5, 0, 0, 0, 0])
    )


def lengths(rows: FloatArray) -> FloatArray:
    found: FloatArray = np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float32)
    return found


def table(arm: str, norm: float = 1.5) -> FloatArray:
    return initial_embedding(arm, words(), VECTORS, norm, seed=0, run=0)


def test_word2vec_rows_point_where_the_vectors_point() -> None:
    expected = VECTORS[1:] / lengths(VECTORS[1:]) * 1.5
    np.testing.assert_allclose(table(WORD2VEC)[1:6], expected, rtol=1e-6)


def test_rows_that_sgns_does_not_know_are_the_same_in_both_arms() -> None:
    vanilla, word2vec = table(VANILLA), table(WORD2VEC)
    assert len(vanilla) == 8
    assert np.array_equal(vanilla[0], word2vec[0]) and np.array_equal(vanilla[6:], word2vec[6:])
    assert not (vanilla[1:6] == word2vec[1:6]).any()


def test_shuffled_rows_are_the_same_directions_at_other_words() -> None:
    word2vec, shuffled = table(WORD2VEC), table(SHUFFLED)
    assert np.array_equal(shuffled[6:], word2vec[6:]) and np.array_equal(shuffled[0], word2vec[0])
    assert not np.array_equal(shuffled[1:6], word2vec[1:6])
    mine, theirs = (sorted(rows[1:6].tolist()) for rows in (shuffled, word2vec))
    np.testing.assert_allclose(mine, theirs, rtol=1e-6)


def test_default_rows_are_standard_normal_in_the_directions_of_vanilla() -> None:
    many = rows_of_words(Texts.from_lists([[]]), np.arange(4000))
    rows = initial_embedding(
        VANILLA_DEFAULT, many, np.zeros((0, 100), np.float32), 0.5, seed=0, run=0
    )
    assert abs(float(rows.mean())) < 0.01 and abs(float(rows.std()) - 1) < 0.01
    assert abs(float(lengths(rows).mean()) - 10) < 0.1
    same = table(VANILLA_DEFAULT) / lengths(table(VANILLA_DEFAULT)) * 1.5
    np.testing.assert_allclose(same, table(VANILLA), rtol=1e-6)


def test_raw_rows_are_the_vectors_and_others_have_their_mean_length() -> None:
    rows, mean = table(WORD2VEC_RAW), float(lengths(VECTORS[1:]).mean())
    assert np.array_equal(rows[1:6], VECTORS[1:])
    others = np.concatenate([rows[:1], rows[6:]])
    np.testing.assert_allclose(lengths(others), mean, rtol=1e-6)
    vanilla = table(VANILLA)
    expected = np.concatenate([vanilla[:1], vanilla[6:]]) / 1.5 * mean
    np.testing.assert_allclose(others, expected, rtol=1e-6)


@pytest.mark.parametrize("arm", [WORD2VEC, WORD2VEC_RAW])
@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf")])
def test_vectors_without_a_direction_are_refused(arm: str, value: float) -> None:
    vectors = VECTORS.copy()
    vectors[3] = value
    with pytest.raises(StageError, match=r"diverged; lower sgns\.lr"):
        initial_embedding(arm, words(), vectors, 1.0, seed=0, run=0)
