import numpy as np

from stages.core.arrays import FloatArray
from stages.report.word_map import CLUSTERS, SIDE, WORDS, word_map
from stages.vectors.tokens import Vocabulary


def two_topics(words: int) -> tuple[Vocabulary, FloatArray]:
    """Words of two directions in turns, with short words and numbers among them."""
    names = ["<unk>", "of", "2007"]
    names += [f"{'ab'[i % 2]}word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(words)]
    random = np.random.default_rng(1)
    vectors = random.normal(0, 0.1, (len(names), 6)).astype(np.float32)
    vectors[3::2, 0] += 1
    vectors[4::2, 1] += 1
    return Vocabulary(tuple(names), np.ones(len(names), np.int64)), vectors


def test_words_of_one_topic_lie_together() -> None:
    table = word_map(*two_topics(60))
    assert len(table) == 60 and set(table.columns) == {"word", "x", "y", "cluster"}
    first = table["word"].str.startswith("a").to_numpy()
    places = table[["x", "y"]].to_numpy()
    middles = places[first].mean(0), places[~first].mean(0)
    nearer = np.linalg.norm(places - middles[0], axis=1) < np.linalg.norm(
        places - middles[1], axis=1
    )
    assert (nearer == first).mean() > 0.95


def test_the_most_frequent_words_are_on_it() -> None:
    words, vectors = two_topics(300)
    assert word_map(words, vectors)["word"].tolist() == list(words.words[3 : 3 + WORDS])


def test_last_digits_move_no_word() -> None:
    words, vectors = two_topics(100)
    other = np.nextafter(vectors, np.float32(9))
    assert not (vectors == other).any()
    assert word_map(words, vectors).equals(word_map(words, other))


def test_a_vocabulary_too_small_for_a_map_has_none() -> None:
    assert word_map(*two_topics(CLUSTERS)).empty


def test_no_two_words_lie_upon_each_other() -> None:
    table = word_map(*two_topics(220))
    assert ((table[["x", "y"]] > 0) & (table[["x", "y"]] < SIDE)).all(axis=None)
    for n, (_, x, y, _) in enumerate(table.itertuples(index=False)):
        rest = table.drop(index=n)
        apart = ((rest["x"] - x).abs() > 4) | ((rest["y"] - y).abs() > 2)
        assert apart.all()
