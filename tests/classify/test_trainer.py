from pathlib import Path

import numpy as np
import pytest
import torch

from stages.artifacts import Labelled, TokenRows
from stages.classify.model import ClassAttention
from stages.classify.trainer import Run, Splits, evaluate, train
from stages.params import ClassifyParams, load_params

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")


def examples(rows: int, seed: int) -> Labelled:
    """Rows of noise (words 5..19) with one word that tells the class (1..4)."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, rows)
    tokens = [[*random.integers(5, 20, random.integers(1, 7)), label + 1] for label in labels]
    return Labelled(TokenRows.from_lists(tokens), labels.astype(np.int64))


def params(**changes: object) -> ClassifyParams:
    small: dict[str, object] = {"epochs": 6, "min_steps": 1, "batch": 16, "lr": 0.02}
    return load_params(ROOT / "params.yaml").classify.model_copy(update=small | changes)


def model() -> ClassAttention:
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(20, 8, generator=generator)
    return ClassAttention(table, 4, 0.1, 0.1, generator)


def run(seed: int = 0, **changes: object) -> tuple[Run, ClassAttention, Splits]:
    splits = Splits(examples(200, 1), examples(100, 2), examples(150, 3))
    classifier = model()
    return train(classifier, splits, params(**changes), seed, CPU), classifier, splits


def test_learns_the_class_from_the_word_that_tells_it() -> None:
    result, _, _ = run()
    assert result.test.accuracy > 0.9
    assert result.history[-1].train_loss < result.history[0].train_loss


def test_tests_the_epoch_that_validates_best() -> None:
    result, classifier, splits = run()
    best = max(result.history, key=lambda epoch: epoch.validation.rank())
    assert result.chosen == best
    # The weights left in the model are that epoch's, and the test scores are theirs.
    assert evaluate(classifier, splits.validation, CPU) == best.validation
    assert evaluate(classifier, splits.test, CPU) == result.test


def test_a_small_budget_gets_more_epochs() -> None:
    assert len(run(epochs=2, min_steps=60)[0].history) == 5  # 13 steps an epoch
    assert len(run(epochs=2, min_steps=26)[0].history) == 2


def test_the_same_seed_gives_the_same_run() -> None:
    assert run(seed=3)[0] == run(seed=3)[0] != run(seed=4)[0]


def test_rows_of_words_that_are_not_trained_on_stay_as_they_were() -> None:
    splits = Splits(examples(50, 1), examples(20, 2), examples(20, 3))
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(25, 8, generator=generator)
    classifier = ClassAttention(table.clone(), 4, 0.0, 0.0, generator)
    train(classifier, splits, params(), 0, CPU)
    assert torch.equal(classifier.embedding[20:], table[20:])
    assert not torch.equal(classifier.embedding[:20], table[:20])


@pytest.mark.parametrize("rows", [1, 7])
def test_evaluation_is_the_mean_over_all_rows(rows: int) -> None:
    classifier, some = model().eval(), examples(rows, 5)
    losses, hits = [], []
    for i in range(rows):
        tokens = torch.from_numpy(some.rows.take(np.array([i])).tokens.astype(np.int64))[None]
        logits = classifier(tokens, torch.tensor([tokens.shape[1]]))[0].double()
        losses.append(float(-logits.log_softmax(0)[some.labels[i]].detach()))
        hits.append(int(logits.argmax()) == some.labels[i])
    scores = evaluate(classifier, some, CPU)
    assert np.isclose(scores.loss, np.mean(losses)) and np.isclose(scores.accuracy, np.mean(hits))
