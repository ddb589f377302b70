"""Made-up runs that several tests of the classifier share.

Of few sizes: for each number of classes and of dimensions the kernels are compiled anew.
"""

import numpy as np

from stages.classify.kernels import Weights
from stages.classify.params import ClassifyParams
from stages.classify.trainer import Splits, Trainee
from stages.classify.weights import initial_weights
from stages.vectors.tokens import LabelledTexts, Texts
from tests.support import make_params

CLASSES, DIM, ROWS, SEED = 4, 10, 20, 7


def params(**changes: object) -> ClassifyParams:
    small: dict[str, object] = {"epochs": 6, "min_steps": 1, "batch": 16, "lr": 0.02}
    return make_params().classify.model_copy(update=small | changes)


def examples(texts: int, seed: int) -> LabelledTexts:
    """Rows of noise (words 5..19) with one word that tells the class (1..4)."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, texts)
    tokens = [[*random.integers(5, 20, random.integers(1, 7)), label + 1] for label in labels]
    return LabelledTexts(Texts.from_lists(tokens), labels.astype(np.int64))


def weights(run: int = 0, rows: int = ROWS, classes: int = CLASSES, dim: int = DIM) -> Weights:
    table = np.random.default_rng(run).standard_normal((rows, dim)).astype(np.float32)
    return initial_weights(table, classes, seed=SEED, run=run)


def trainee(run: int = 0, texts: int = 200, moving: bool = True) -> Trainee:
    """Return a run of its own model, of a size of its own, and of its own examples."""
    splits = Splits(examples(texts, 10 * run), examples(100, 1), examples(150, 2))
    return Trainee(weights(run, ROWS + run % 3), splits, run, moving, keep=True)
