"""Odd inputs through the real stages: each works, or is refused in one sentence.

Each stands for a kind on which a program of this sort is apt to go wrong. The stages' commands
are those of ``dvc.yaml``, run in this process, where libraries are imported once.
"""

import csv
import importlib
import io
import json
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
import sklearn.linear_model  # noqa: F401  (here, so that forked processes need not import it)
from dvc.repo import Repo

from stages.core.console import run_stage
from stages.lens.columns import LENS_MAIN
from stages.report.reading import read_table
from tests.download.corpus import write_files
from tests.pipeline import project
from tests.support import REPOSITORY, WORDS, files_below, write_params

SMALL: dict[str, Any] = project.SMALL | {
    "data.pretrain.name": "texts",
    "data.downstream.name": "labels",
    "data.validation": 40,
    "sgns.epochs": 1,
    "sgns.models": 1,
    "variants": {"infonce": {"corpus": "pretrain", "objective": "infonce"}},
    "ablation.cells": ["R2-K1"],
    "ablation.models": 1,
    "ablation.budgets": [6],
    "classify.budgets": [6],
    "classify.runs": 1,
    "classify.epochs": 1,
    "classify.min_steps": 4,
    "usual.epochs": 1,
    "usual.min_steps": 4,
}
Rows = list[tuple[str, str]]  # (label, text)


class Case:
    """A folder of data, and a project that is run on it."""

    def __init__(self, changes: Mapping[str, Any] | None = None) -> None:
        """Write the parameters, and text and labels that are nothing out of the ordinary."""
        write_params(Path(), SMALL | dict(changes or {}))
        shutil.copy(REPOSITORY / "dvc.yaml", "dvc.yaml")
        self.texts("train", [plain(i) for i in range(60)])
        self.texts("valid", [plain(i) for i in range(60, 70)])
        for split, rows in (("train", 80), ("test", 20)):
            self.labels(split, [("ab"[i % 2], plain(i)) for i in range(rows)])

    def texts(self, split: str, rows: list[str]) -> None:
        """Write a split of the unlabelled text."""
        text = "".join(f"{row}\n" for row in rows)
        write_files(Path("given/texts"), {f"{split}.txt": text})

    def labels(self, split: str, rows: Rows) -> None:
        """Write a split of the labelled text."""
        table = "".join(["label,text\n", *(f'"{label}","{text}"\n' for label, text in rows)])
        write_files(Path("given/labels"), {f"{split}.csv": table})

    def run(self, last: str = "report") -> str | None:
        """Run stages up to ``last``, as ``dvc repro`` does; return the sentence of an error."""
        with Repo.init(no_scm=True) as repo:
            stages = list(repo.index.stages)
        for stage in stages:
            if sentence := run(stage.cmd):
                return sentence
            if stage.addressing.split("@")[0] == last:
                break
        return None

    def made(self) -> set[str]:
        """Return the files that stages made, without the programs' scratch."""
        places = ("data/", "models/", "plots/", ".data", ".models", ".plots")
        return {name for name in files_below(Path()) if name.startswith(places)}


def plain(seed: int) -> str:
    """Return a row of ordinary words."""
    return " ".join(Random(seed).choices(WORDS, k=9))


def run(command: str) -> str | None:
    """Run ``python -m stages.STAGE ...`` here; return the sentence that it ended with, if any."""
    _, _, module, *arguments = shlex.split(command)
    main = importlib.import_module(f"{module}.__main__").main
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, *arguments])
        try:
            run_stage(module.removeprefix("stages."), main)
        except SystemExit as stop:
            assert isinstance(stop.code, str)
            assert "\n" not in stop.code
            assert "fault of the program" not in stop.code
            return stop.code
    return None


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("W2V_DATA_DIR", "given")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / ".dvc/site"))


SIGNS = ("US$", "$$", "=1+1", "\x1b[31mred", "Сельское хозяйство", "<b>&")
SHOWN = {sign.replace("\x1b", "\\x1b") for sign in SIGNS}


def test_odd_names_words_and_rows_go_through_every_stage() -> None:
    """Class names with signs, words of digits, rows without a word, R beyond every row."""
    cell = "R400-K1"
    case = Case({"sgns.R": 400, "ablation.cells": [cell], "data.validation": 90})
    numbers = [f"{n:05}" for n in range(12)]
    random = Random(0)

    def row() -> str:
        return " ".join(random.choices(numbers, k=9))

    case.texts("train", [row() for _ in range(80)])
    case.texts("valid", [row() for _ in range(10)])
    case.labels("train", [(SIGNS[i % 6], row() if i % 4 else f"🙂 {i} 🙂") for i in range(240)])
    case.labels("test", [(SIGNS[i % 6], row() if i % 4 else "🙂🙂") for i in range(24)])
    assert case.run() is None

    assert set(read_table(LENS_MAIN / "neighbours.csv")["word"]) == set(numbers)
    with Path("plots/attention.csv").open(encoding="utf-8", newline="") as file:
        classes = {line["class"] for line in csv.DictReader(file)}
    assert classes == set(SHOWN)
    svgs = list(Path("plots").glob("*.svg"))
    drawn = ["".join(ElementTree.parse(svg).getroot().itertext()) for svg in svgs]
    assert all(any(name in text for text in drawn) for name in ("US$", "$$", "\\x1b[31mred"))
    assert not [name for name in case.made() if "partial" in name or "tmp" in name]
    assert_printed_where_letters_lack()


def assert_printed_where_letters_lack() -> None:
    """What is printed of data is ASCII where no more can be shown, and moves no cursor."""
    for command in ("classify predict --json", "classify predict", "lens neighbours --json"):
        text = "00001" if command.startswith("lens") else "00001 \x1b[2J ü"
        printed = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        with redirect_stdout(printed):
            assert run(f"python -m stages.{command} '{text}'") is None
        printed.seek(0)
        told = printed.read()
        assert "\x1b" not in told
        if command.endswith("--json"):
            found = json.loads(told)
            assert set(found.get("probabilities", SHOWN)) == SHOWN
    assert "\x1b" not in (run("python -m stages.lens neighbours '\x1b]0;x\x07'") or "\x1b")


def test_labels_of_one_class_and_words_too_rare_for_attention() -> None:
    """Of many classes one is nearly all; no word is eight times in a class of validation rows."""
    case = Case({"data.validation": 60})
    many = [f"class {i}" for i in range(40)]
    rows = [("usual", f"word{i} word{i + 1} word{i + 2}") for i in range(900)]
    case.labels("train", rows + [(name, f"rare{name}") for name in many])
    case.labels("test", rows[:30])
    assert case.run() is None
    assert Path("models/classify/budget-6/attention.csv").read_text("utf-8").count("\n") == 1
    assert Path("plots/report.html").is_file()
    scored = Path("models/classify/baseline/budget-6/results.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[2] for line in scored[1:]] == ["vanilla", "tfidf", "tfidf-bigrams"]
    assert run("python -m stages.report show") is None


def one_word_rows(case: Case) -> None:
    for split in ("train", "valid"):
        case.texts(split, list(WORDS) * 4)


REFUSED: dict[str, tuple[Callable[[Case], None], dict[str, Any], str, str]] = {
    "no pair": (one_word_rows, {}, "sgns", "so there is no pair to learn from"),
    "no word kept": (lambda _: None, {"sgns.subsample": 1e-30}, "sgns", "sgns.subsample is 1e-30"),
    "diverged, infonce": (
        lambda _: None,
        {"sgns.lr": 1e30, "sgns.objective": "infonce", "sgns.epochs": 3},
        "sgns",
        "raise sgns.temperature",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_work_is_one_sentence_and_nothing_half_written(kind: str) -> None:
    prepare, changes, stage, sentence = REFUSED[kind]
    case = Case(changes)
    prepare(case)
    said = case.run("sgns-variant") or ""
    assert said.startswith(f"{stage}: ")
    assert sentence in said
    assert "\x1b" not in said
    made = case.made()
    assert not [name for name in made if name.startswith("models/") or "partial" in name]


@pytest.mark.parametrize("option", ["--budget 0", "--dim 0", "--dim -3"])
def test_a_number_on_the_command_line_has_its_least_value(option: str) -> None:
    Case()
    command = "python -m stages.classify train --methods vanilla --corpus pretrain --out out"
    name, value = option.split()
    assert run(f"{command} {option}") == f"classify: {name} is {value}, but must be at least 1."
