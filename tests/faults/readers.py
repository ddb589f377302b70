"""Every reader of a file, with whole files to begin from and what a right answer looks like.

A damaged file is given a seal of its own, so that it is the reader's checks of form that are
tried, and not the seal, which would refuse every case.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from stages.classify.evaluation import WordProducts
from stages.classify.saved import read_classifier, write_classifier
from stages.download import local
from stages.files import classifiers, lens, raw, tokens, vectors
from stages.files.atomic import write_csv, write_text
from stages.files.classes import read_classes, write_classes
from stages.files.raw import RAW_DOWNSTREAM, RAW_PRETRAIN, LabelledRow
from stages.files.sealed import SEAL, seal_of_folder
from stages.files.tables import Table
from stages.files.tokens import DOWNSTREAM, LabelledTexts, Texts
from stages.params.whole import load_params
from stages.sgns.checkpoint import load_checkpoint, save_checkpoint
from stages.sgns.learner import Learner
from stages.sgns.trainer import Epoch, Loss
from tests.classify.test_predict import classifier
from tests.sgns.examples import config, topic_trainer
from tests.support import write_params

OWN = Path("own")
CLASSIFY, LENS, SGNS = (Path("models") / name for name in ("classify/one", "lens/main", "sgns/own"))
CHECKPOINT = Path("checkpoint/model.safetensors")
PARAMS = Path("params.yaml")
VOCABULARY = tokens.Vocabulary(("<unk>", "a", "b"), np.array([0, 2, 1], np.int64))


@dataclass(frozen=True)
class Reader:
    """A file, and what reads it and then raises AssertionError if the answer cannot be right."""

    path: Path
    read: Callable[[], object]

    @property
    def name(self) -> str:
        """Name it as one looks for it."""
        return f"{self.path.parent.name}/{self.path.name}" if self.path.parent.name else "params"


def seal(path: Path) -> None:
    """Seal a file's folder as it is now; without the wait for the disk of a real seal."""
    if path.parent not in {OWN, CHECKPOINT.parent, PARAMS.parent}:
        (path.parent / SEAL).write_text(seal_of_folder(path.parent), "utf-8")


def write_whole_files() -> None:
    """Write one of each kind of file, below the folder in which one is."""
    rows = Texts.from_lists([[1, 2], [], [2]])
    raw.write_raw_text(RAW_PRETRAIN, "train", ["a row", "another"])
    labelled = [LabelledRow(0, 'a, "b"\nc', 0), LabelledRow(1, "c", 1)]
    raw.write_raw_labelled(RAW_DOWNSTREAM, "train", labelled)
    write_classes(RAW_DOWNSTREAM, ["x", "y"])
    raw.write_manifest({"title": "made up", "source": "local", "pretrain": {"rows": 2}})
    tokens.write_labelled(DOWNSTREAM, "train", LabelledTexts(rows, np.array([0, 1, 0], np.int64)))
    tokens.write_vocabulary(DOWNSTREAM, VOCABULARY)
    write_classes(DOWNSTREAM, ["x", "y"])
    tokens.write_splitting(DOWNSTREAM, tokens.Splitting(lowercase=True, max_length=9))
    tokens.write_statistics({"pretrain": {"tokens": 3, "share": 0.25}})
    write_models()
    write_text(OWN / "train.csv", 'label,text,group\nx,"one, two",1\ny,three,2\n')
    write_text(OWN / "test.csv", "label,text,group\ny,four,1\n")
    for split in ("train", "valid"):
        write_text(OWN / f"{split}.txt", "a row\nanother\n")
    history = [Epoch(0, None, Loss(0.5, 0.25, 8)), Epoch(1, Loss(0.1, 0.2, 9), Loss(0.3, 1.5, 8))]
    save_checkpoint(CHECKPOINT, untrained(), history)
    write_params(Path())
    for path in Path().rglob("*"):
        if path.is_file():
            seal(path)


def write_models() -> None:
    """Write what the stages that train leave."""
    SGNS.mkdir(parents=True)
    about = {"R": "5", "K": "1", "corpus": "pretrain", "subsample": "0.001"}
    about |= {"noise_power": "0.75", "dynamic_radius": "True"}
    numbers = np.arange(6, dtype=np.float32).reshape(3, 2)
    vectors.write_vectors(SGNS, vectors.WordVectors(numbers, numbers + 1, about))
    tokens.write_vocabulary(SGNS, VOCABULARY)
    write_csv(SGNS / "history.csv", vectors.HISTORY_COLUMNS, [[1, *[0.5] * 8]])
    result = [20, 20, "vanilla", 0, 3, 0.5, 0.75, 0.5, 0.75, 0.7, 0.1]
    write_csv(CLASSIFY / "results.csv", classifiers.RESULT_COLUMNS, [result])
    history = [20, "vanilla", 0, 3, 0.5, 0.5, 0.75]
    write_csv(CLASSIFY / "history.csv", classifiers.HISTORY_COLUMNS, [history])
    attention = [20, "vanilla", "x", "a", 1.5, 7]
    write_csv(CLASSIFY / "attention.csv", classifiers.ATTENTION_COLUMNS, [attention])
    classifiers.write_correct(CLASSIFY, [np.array([True, True, True, False])])
    write_classifier(CLASSIFY, classifier(), tokens.Splitting(lowercase=True, max_length=4))
    width = len(lens.DIAGNOSTIC_COLUMNS)
    write_csv(LENS / "diagnostics.csv", lens.DIAGNOSTIC_COLUMNS, [[1] * width, [0] * width])
    write_csv(LENS / "scores.csv", lens.SCORE_COLUMNS, [[-0.5, 1e-9], ["nan", 2]])
    write_csv(LENS / "neighbours.csv", lens.NEIGHBOUR_COLUMNS, [["a", "b", 0.5]])


def untrained() -> Learner:
    """Return a model to put a checkpoint into."""
    return topic_trainer(config(dim=2)).learner


def remove_all() -> None:
    """Remove what ``write_whole_files`` wrote."""
    for path in Path().iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def labelled_read() -> None:
    """Read labelled texts, and look at each of them."""
    found = tokens.read_labelled("train")
    ids = found.texts.take(np.arange(len(found))).tokens
    assert ((ids >= 0) & (ids < len(tokens.read_vocabulary(DOWNSTREAM, "tokenize")))).all()
    assert ((found.labels >= 0) & (found.labels < 2)).all()


def vocabulary_read() -> None:
    """Read words: as many as counts, all different."""
    found = tokens.read_vocabulary(SGNS, None)
    assert len(set(found.words)) == len(found.words) == len(found.counts)
    assert (found.counts >= 0).all()


def vectors_read() -> None:
    """Read vectors and how they were made."""
    found = vectors.read_vectors(SGNS)
    vectors.sampling_of(SGNS, found)
    assert found.centre.shape == found.context.shape
    assert np.isfinite(found.centre).all()
    assert np.isfinite(found.context).all()


def raw_labelled_read() -> None:
    """Read raw rows: of the two classes."""
    assert {row.label for row in raw.read_raw_labelled("train")} <= {0, 1}


def table_read(read: Callable[[Path, str], Table], folder: Path) -> None:
    """Read a table: its columns are of one length."""
    assert len({len(column) for column in read(folder, "some-stage").values()}) == 1


def checkpoint_read() -> None:
    """Load a checkpoint: all of it or nothing, and never another."""
    model = untrained()
    before = {name: array.copy() for name, array in model.state().items()}, model.steps
    assert load_checkpoint(CHECKPOINT, model) == [] or whole_checkpoint()
    assert all(np.array_equal(array, before[0][name]) for name, array in model.state().items())
    assert model.steps == before[1]


def whole_checkpoint() -> bool:
    """Whether the checkpoint is the one that was written, to the byte."""
    found = CHECKPOINT.read_bytes()
    return found == CHECKPOINT.with_name("whole").read_bytes()


def classifier_read() -> None:
    """Read a classifier and make what texts need of it."""
    WordProducts.of(read_classifier(CLASSIFY)[0].weights)


def accuracy_read() -> None:
    """Read which test rows were right."""
    assert classifiers.read_correct(CLASSIFY, "classify", [0.75]).mean() == 0.75


READERS = (
    Reader(RAW_PRETRAIN / "train.txt", lambda: raw.read_raw_text("train")),
    Reader(RAW_DOWNSTREAM / "train.csv", raw_labelled_read),
    Reader(RAW_DOWNSTREAM / "classes.json", lambda: read_classes(RAW_DOWNSTREAM, "download")),
    Reader(raw.MANIFEST, raw.read_manifest),
    *(
        Reader(DOWNSTREAM / f"train.{part}.npy", labelled_read)
        for part in ("tokens", "offsets", "labels")
    ),
    Reader(DOWNSTREAM / "splitting.json", lambda: tokens.read_splitting(DOWNSTREAM)),
    Reader(tokens.STATISTICS, tokens.read_statistics),
    Reader(SGNS / tokens.VOCABULARY, vocabulary_read),
    Reader(SGNS / vectors.VECTORS, vectors_read),
    Reader(SGNS / "history.csv", partial(table_read, vectors.read_history, SGNS)),
    Reader(SGNS / vectors.HISTORY, lambda: vectors.last_train_loss(SGNS)),
    Reader(CHECKPOINT, checkpoint_read),
    *(
        Reader(CLASSIFY / name, partial(table_read, read, CLASSIFY))
        for name, read in {
            "results.csv": classifiers.read_results,
            "history.csv": classifiers.read_history,
            "attention.csv": classifiers.read_attention,
        }.items()
    ),
    Reader(CLASSIFY / classifiers.CORRECT_FILE, accuracy_read),
    Reader(CLASSIFY / classifiers.CLASSIFIER_FILE, classifier_read),
    *(
        Reader(LENS / name, partial(table_read, read, LENS))
        for name, read in {
            "diagnostics.csv": lens.read_diagnostics,
            "scores.csv": lens.read_scores,
            "neighbours.csv": lens.read_neighbours,
        }.items()
    ),
    Reader(LENS / SEAL, lambda: lens.read_scores(LENS, "lens")),
    Reader(OWN / "train.csv", lambda: local.load_downstream(OWN, None)),
    Reader(OWN / "test.csv", lambda: local.load_downstream(OWN, None)),
    Reader(OWN / "train.txt", lambda: local.load_pretrain(OWN)),
    Reader(PARAMS, load_params),
)
