from collections import Counter

import numpy as np
import torch

from stages.classify import attention
from stages.classify.attention import attention_of_rows, most_attended
from stages.classify.model import ClassAttention
from stages.files.tokens import LabelledTexts, Texts

ROWS, CLASSES = 8, 3
WORDS = ["<unk>", *"abcdefg"]


def model() -> ClassAttention:
    generator = torch.Generator().manual_seed(3)
    return ClassAttention(torch.randn(ROWS, 5, generator=generator), CLASSES, generator)


def examples(rows: int = 700) -> LabelledTexts:
    random = np.random.default_rng(5)
    lists = [random.integers(0, ROWS, random.integers(0, 6)).tolist() for _ in range(rows)]
    return LabelledTexts(Texts.from_lists(lists), np.arange(rows) % CLASSES)


def test_sums_are_those_of_one_row_at_a_time() -> None:
    classifier, rows = model().eval(), examples()
    total, count = attention_of_rows(classifier, rows, ROWS)
    slow = np.zeros((ROWS, CLASSES))
    for start, end in zip(rows.texts.offsets, rows.texts.offsets[1:], strict=False):
        tokens = rows.texts.tokens[start:end]
        if len(tokens):
            embedded = classifier.embedding[torch.from_numpy(tokens).long()][None]
            present = torch.ones(1, len(tokens), dtype=torch.bool)
            shares = classifier.attention(embedded, present)[0].detach().numpy()
            for token, share in zip(tokens, shares, strict=True):
                slow[token] += share * len(tokens)
    empty = int((rows.texts.lengths == 0).sum())
    slow[0] += empty  # a row without tokens is read as one unknown token
    np.testing.assert_allclose(total, slow, rtol=1e-4)
    assert count.sum() == len(rows.texts.tokens)


def test_equal_attention_is_a_share_of_one() -> None:
    classifier = model()
    torch.nn.init.zeros_(classifier.query)
    found = most_attended(classifier, examples(), WORDS, ["x", "y", "z"])
    assert {word.of_class for word in found} == {"x", "y", "z"}
    np.testing.assert_allclose([word.share for word in found], 1, rtol=1e-5)


def test_most_attended_first_of_the_classes_own_rows_and_rare_words_not_at_all() -> None:
    without = [[t for t in row if t != 7] for row in lists(examples(240))]
    rows = LabelledTexts(Texts.from_lists([*without, [7, 1]]), np.arange(241) % CLASSES)
    found = most_attended(model(), rows, WORDS, ["x", "y", "z"])
    assert {"g", "<unk>"}.isdisjoint({word.word for word in found})
    for c, name in enumerate("xyz"):
        own = [word for word in found if word.of_class == name]
        assert [word.share for word in own] == sorted((w.share for w in own), reverse=True)
        assert 0 < len(own) <= attention.MOST
        counts = Counter(t for row in lists(rows)[c::CLASSES] for t in row)
        assert all(w.occurrences == counts[WORDS.index(w.word)] for w in own)


def test_a_word_counts_from_its_eighth_occurrence() -> None:
    rows = LabelledTexts(Texts.from_lists([[1, 2]] * 7 + [[1]]), np.zeros(8, np.int64))
    [found] = most_attended(model(), rows, WORDS, ["x", "y", "z"])
    assert (found.word, found.occurrences) == ("a", 8)


def lists(examples: LabelledTexts) -> list[list[int]]:
    return [
        examples.texts.tokens[a:b].tolist()
        for a, b in zip(examples.texts.offsets, examples.texts.offsets[1:], strict=False)
    ]
