from collections import Counter

import numpy as np
import torch

from stages.classify import attention
from stages.classify.attention import most_attended
from stages.classify.evaluation import WordProducts
from stages.classify.kernels import Weights
from stages.classify.model import ClassAttention
from stages.classify.subset import without_empty
from stages.classify.weights import named
from stages.vectors.tokens import LabelledTexts, Texts
from tests.classify.examples import CLASSES, weights

ROWS, NAMES = 8, list("xyzw")
WORDS = ["<unk>", *"abcdefg"]


def model(start: Weights | None = None) -> WordProducts:
    return WordProducts.of(start or weights(3, ROWS))


def examples(rows: int = 700) -> LabelledTexts:
    random = np.random.default_rng(5)
    lists = [random.integers(0, ROWS, random.integers(0, 6)).tolist() for _ in range(rows)]
    return LabelledTexts(Texts.from_lists(lists), np.arange(rows) % CLASSES)


def test_attention_is_that_of_the_definition() -> None:
    texts = without_empty(examples().texts)
    classifier = ClassAttention(named(weights(3, ROWS)))
    for c in range(CLASSES):
        found = np.split(model().attention(texts, c), texts.offsets[1:-1])
        for start, end, shares in zip(texts.offsets, texts.offsets[1:], found, strict=False):
            embedded = classifier.embedding[torch.from_numpy(texts.tokens[start:end]).long()][None]
            present = torch.ones(1, end - start, dtype=torch.bool)
            expected = classifier.attention(embedded, present)[0, :, c].detach().numpy()
            np.testing.assert_allclose(shares, expected, rtol=1e-4)


def test_equal_attention_is_a_share_of_one() -> None:
    start = weights(3, ROWS)
    start.left[:CLASSES] = 0
    found = most_attended(model(start), examples(), WORDS, NAMES)
    assert {word.of_class for word in found} == set(NAMES)
    np.testing.assert_allclose([word.share for word in found], 1, rtol=1e-5)


def test_most_attended_first_of_the_classes_own_rows_and_rare_words_not_at_all() -> None:
    """Of so few rows, some words are in those of a class just often enough."""
    given, counted = examples(100), Counter[int]()
    found = most_attended(model(), given, WORDS, NAMES)
    for c, name in enumerate(NAMES):
        counts = Counter(given.texts.take(np.arange(c, 100, CLASSES)).tokens.tolist())
        own = [word for word in found if word.of_class == name]
        assert [word.share for word in own] == sorted((w.share for w in own), reverse=True)
        frequent = {WORDS[w]: n for w, n in counts.items() if n >= attention.LEAST and w > 0}
        assert {word.word: word.occurrences for word in own} == frequent
        counted.update(counts.values())
    assert counted[attention.LEAST] > 0 < counted[attention.LEAST - 1]
