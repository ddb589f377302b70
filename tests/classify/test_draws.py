import numpy as np

from stages.classify.draws import Draws
from stages.vectors.tokens import LabelledTexts, Texts
from tests.classify.examples import DIM, SEED, examples, params


def test_an_epoch_has_each_example_once_and_another_order_than_the_next() -> None:
    draws = Draws(LabelledTexts(examples(90, 0).texts, np.arange(90)), DIM, params(), SEED, 0)
    one, other = draws.epoch(1), draws.epoch(2)
    assert sorted(one.labels.tolist()) == list(range(90)) != one.labels.tolist()
    assert one.labels.tolist() != other.labels.tolist()
    texts = examples(90, 0).texts
    for e, number in enumerate(one.labels):
        own = texts.tokens[texts.offsets[number] : texts.offsets[number + 1]]
        assert one.tokens[one.offsets[e] : one.offsets[e + 1]].tolist() == own.tolist()


def test_shares_are_hidden_but_never_a_whole_text() -> None:
    chosen = params(dropout=0.25, token_dropout=0.9)
    epoch = Draws(examples(2000, 0), DIM, chosen, SEED, 0).epoch(1)
    assert np.logical_or.reduceat(epoch.shown, epoch.offsets[:-1]).all()
    assert set(np.unique(epoch.mask).tolist()) == {0, np.float32(4 / 3)}
    assert abs((epoch.mask == 0).mean() - 0.25) < 0.01
    long = LabelledTexts(Texts.from_lists([[1] * 9999]), np.zeros(1, np.int64))
    epoch = Draws(long, 1, chosen, SEED, 0).epoch(1)
    assert abs(epoch.shown.mean() - 0.1) < 0.01
