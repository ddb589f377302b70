"""What a study measures: a row a run, and beside it which test rows each run had right.

The rows are ``studies/results/<name>.csv``, kept in Git. The test rows are
``studies/correct/<name>/correct.npy``: only what draws intervals needs them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.ablation.cell import Cell
from stages.core.arrays import BoolArray
from stages.core.atomic import output_folder, reading, write_text
from stages.core.made import damaged
from stages.report.reading import read_table
from stages.results import classifiers
from stages.results.classifiers import BUDGET, METHOD, N_LABELS, RUN, TEST_ACCURACY
from stages.results.methods import WITHOUT_VECTORS
from stages.texts.raw import read_manifest
from stages.vectors import vectors
from stages.vectors.vectors import MODEL

RESULTS = Path("studies/results")
CORRECT = Path("studies/correct")

PLACES = [classifiers.CLASSIFY / name for name in ("", "baseline", "usual", "usual/baseline")]

TASK = "task"
VECTORS = "vectors"  # the text that they were learned from: one of PRETRAIN, IN_DOMAIN; or none
PRETRAIN, IN_DOMAIN = "pretrain", "in-domain"
TOKENS = "tokens"  # what texts were split into
WORDS, SUBWORDS = "words", "subwords"
EPOCHS = "epochs"  # of SGNS
PART = "part"  # SGNS learned from one row in so many
# models: how many there are, of which run i starts from i mod models; the loss is that one's.
OF_VECTORS = (VECTORS, "R", "K", EPOCHS, PART, "models", MODEL, "held_out_loss")
SCORES = (
    *(BUDGET, N_LABELS, METHOD, RUN),
    *(TEST_ACCURACY, classifiers.TEST_MACRO_F1, classifiers.UNKNOWN_SHARE),
)
COLUMNS = (TASK, TOKENS, *OF_VECTORS, *SCORES)
TYPES = {VECTORS: "object", **dict.fromkeys(OF_VECTORS[1:-1], "Int64"), "held_out_loss": "float64"}


@dataclass(frozen=True)
class Trained:
    """Vectors that a classifier may start from. loss: on held-out text, of each model."""

    folder: Path
    text: str
    cell: Cell
    epochs: int
    loss: Sequence[float]
    part: int = 1

    @classmethod
    def of(cls, folder: Path, text: str = PRETRAIN, part: int = 1) -> "Trained":
        """Return what is known of vectors in a folder; raises StageError without any."""
        about = vectors.read_vectors(folder).about
        cell, epochs = Cell(int(about["R"]), int(about["K"])), int(about["epochs"])
        models = vectors.model_folders(folder)
        losses = [vectors.last_loss(model, vectors.VALIDATION_LOSS) for model in models]
        return cls(folder, text, cell, epochs, losses, part)

    def about(self, run: int) -> dict[str, Any]:
        """Return the columns about them in the row of a run."""
        model = run % len(self.loss)
        values = (self.text, *self.cell, self.epochs, self.part, len(self.loss), model)
        return dict(zip(OF_VECTORS, (*values, self.loss[model]), strict=True))


@dataclass(frozen=True)
class Runs:
    """Runs, and whether each had each test row right.

    lines: ``COLUMNS``, numbered from 0. correct: (lines, test rows).
    """

    lines: pd.DataFrame
    correct: BoolArray

    @classmethod
    def joined(cls, parts: Sequence["Runs"]) -> "Runs":
        """Put runs of one test split together."""
        lines = pd.concat([part.lines for part in parts], ignore_index=True)
        return cls(lines.astype(TYPES), np.concatenate([part.correct for part in parts]))

    def where(self, chosen: "pd.Series[bool]") -> "Runs":
        """Return some of the runs, numbered anew."""
        return Runs(
            self.lines[chosen].reset_index(drop=True), self.correct[chosen.to_numpy(np.bool_)]
        )

    def save(self, name: str) -> None:
        """Write the two files of a study."""
        table = self.lines.to_csv(index=False, lineterminator="\n")
        write_text(RESULTS / f"{name}.csv", table)
        with output_folder(CORRECT / name) as folder:
            classifiers.write_correct(folder, list(self.correct))


def read_runs(name: str) -> Runs:
    """Read what ``save`` wrote; raises StageError if it is missing or damaged."""
    path = RESULTS / f"{name}.csv"
    with reading(path, sealed=False):  # it is in Git
        lines = pd.read_csv(path)[list(COLUMNS)].astype(TYPES)
    correct = classifiers.read_correct(CORRECT / name)
    if not np.array_equal(correct.mean(1).round(6), lines[TEST_ACCURACY].round(6)):
        raise damaged(path)
    return Runs(lines, correct)


def read_classified(folder: Path, task: str, trained: Trained, tokens: str = WORDS) -> Runs:
    """Read what a stage ``classify`` left in a folder, with columns on task, tokens and vectors."""
    results = read_table(folder / "results.csv")[list(SCORES)]
    about = [
        {} if method in WITHOUT_VECTORS else trained.about(run)
        for method, run in zip(results[METHOD], results[RUN], strict=True)
    ]
    lines = pd.concat([pd.DataFrame(about, columns=list(OF_VECTORS)), results], axis=1)
    lines.insert(0, TASK, task)
    lines.insert(1, TOKENS, tokens)
    return Runs(lines.astype(TYPES), np.asarray(classifiers.read_correct(folder)))


def home_task() -> str:
    """Return the name of the labelled data of the main experiment."""
    return str(read_manifest()["downstream"]["name"])


def results_at(task: str, budget: int, methods: Collection[str]) -> Runs:
    """Return the main experiment's runs of some methods at one budget."""
    main = Trained.of(vectors.SGNS_MAIN)
    found = Runs.joined([read_classified(at / f"budget-{budget}", task, main) for at in PLACES])
    return found.where(found.lines[METHOD].isin(methods))


def results_of(task: str, cell: Cell, budget: int) -> Runs:
    """Return the main experiment's runs of one cell of its grid, at one budget."""
    trained = Trained.of(vectors.SGNS_GRID / cell.name)
    runs = read_classified(classifiers.CLASSIFY_GRID / cell.name, task, trained)
    return runs.where(runs.lines[BUDGET] == budget)
