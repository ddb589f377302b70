import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stages.classify.kernels import Weights
from stages.classify.predict import predict, show_predictions
from stages.classify.saved import Classifier, read_classifier, write_classifier
from stages.core.console import StageError
from stages.texts.subwords import train
from stages.vectors.tokens import LabelledTexts, Splitting, Texts
from tests.support import child_environment, only_sentence, run_python

WORDS, CLASSES = ("<unk>", "goal", "stock", "match", "market"), ("sport", "business")


def classifier() -> Classifier:
    """One that tells the classes by their words: the embedding is the class's direction."""
    table, eye = np.array([[0, 0], [1, 0], [0, 1], [1, 0], [0, 1]]), np.eye(2)
    parts = table, np.concatenate([3 * eye, 4 * eye]), np.concatenate([eye, eye]), np.zeros((1, 2))
    weights = Weights(*(part.astype(np.float32) for part in parts))
    validation = LabelledTexts(Texts.from_lists([[1, 2]]), np.zeros(1, np.int64))
    return Classifier.of(weights, validation, WORDS, CLASSES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_classifier(tmp_path, classifier(), Splitting(lowercase=True, max_length=4))
    return tmp_path


def test_the_class_of_a_text_and_what_it_attends_to(folder: Path) -> None:
    sport, business = predict(folder, ["A GOAL in the", "the stock 's up"])
    assert (sport.predicted, business.predicted) == CLASSES
    assert sum(sport.probabilities.values()) == pytest.approx(1)
    assert [word for word, _ in sport.attention] == ["a", "goal", "in", "the"]
    shares = dict(sport.attention)
    assert max(shares, key=shares.__getitem__) == "goal"
    assert sum(shares.values()) == pytest.approx(1)


def test_words_beyond_the_longest_text_do_not_count(folder: Path) -> None:
    [long] = predict(folder, ["goal goal goal goal stock stock stock stock stock"])
    assert long.predicted == "sport" and len(long.attention) == 4


def test_a_text_of_unknown_words_has_a_class_and_it_is_said_that_none_is_known(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [unknown] = predict(folder, ["x y"])
    assert (unknown.known_words, unknown.attention) == (0, [])
    assert unknown.probabilities == next(predict(folder, [""])).probabilities
    show_predictions(folder, ["x y", "goal \x1b[2J"], as_json=False)
    first, second = capsys.readouterr().out.splitlines()[1:]
    assert first.split("\t")[2] == "(no word is known)"
    assert second.endswith("\tgoal \\x1b[2J")


def test_a_damaged_file_is_named(folder: Path) -> None:
    path = folder / "classifier.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StageError, match=r"classifier\.safetensors is damaged; "):
        read_classifier(folder)


def test_command_line_prints_tabs_when_piped_and_json_when_asked(folder: Path) -> None:
    command = ("-m", "stages.classify", "predict", "--model", str(folder))
    done = run_python(folder, *command, "goal match", "market")
    header, *rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert header == ["class", "probability", "attends to", "text"]
    assert [(row[0], row[-1]) for row in rows] == [("sport", "goal match"), ("business", "market")]
    done = run_python(folder, *command, "--json", "goal match")
    assert json.loads(done.stdout)["predicted"] == "sport"


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    done = run_python(tmp_path, "-m", "stages.classify", "predict", "--model", "none", "text")
    kept = "they are in models/classify/budget-N, N of classify.budgets."
    assert only_sentence(done, "classify") == f"classify: none has no classifier; {kept}"
    model = "models/classify/budget-500"
    done = run_python(tmp_path, "-m", "stages.classify", "predict", "--model", model, "text")
    assert only_sentence(done, "classify").endswith("make it with: dvc repro classify")


def test_lines_of_standard_input(folder: Path) -> None:
    command = [sys.executable, "-m", "stages.classify", "predict", "--model", str(folder)]

    def answer(given: bytes) -> "subprocess.CompletedProcess[bytes]":
        environment = child_environment(folder)
        return subprocess.run(
            command, input=given, capture_output=True, check=False, cwd=folder, env=environment
        )

    lines = answer(b"goal\tmatch\n\nmarket\n").stdout.decode().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["class", "sport", "business"]
    assert lines[1].split("\t")[-1] == "goal match"
    wrong = answer(b"goal \xff\n")
    assert wrong.returncode == 1
    assert wrong.stderr.decode() == "classify: standard input is not UTF-8 text.\n"


def test_a_classifier_of_subwords_splits_texts_as_it_was_trained(tmp_path: Path) -> None:
    subwords = train(["ago", "al", "go"] * 9, True, 100)
    write_classifier(tmp_path, classifier(), Splitting(True, 4, subwords))
    found, splitting = read_classifier(tmp_path)
    assert splitting.subwords == subwords and found.words == WORDS
    [prediction] = predict(tmp_path, ["Goal"])
    assert [word for word, _ in prediction.attention] == [] and prediction.known_words == 0
