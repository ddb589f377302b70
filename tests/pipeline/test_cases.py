"""Odd inputs through the real stages: each works, or is refused in one sentence.

Each stands for a kind on which a program of this sort is apt to go wrong. The stages' commands
are those of ``dvc.yaml``, run in this process, where libraries are imported once.
"""

import csv
import importlib
import io
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
import sklearn.linear_model  # noqa: F401  (here, so that forked processes need not import it)
import yaml

from stages.core.console import run_stage
from stages.lens.columns import LENS_MAIN
from stages.report.reading import read_table
from tests.pipeline import project
from tests.support import REPOSITORY, WORDS, files_below, raw_params

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

    def __init__(self, root: Path, changes: Mapping[str, Any] | None = None) -> None:
        """Write the parameters, and text and labels that are nothing out of the ordinary."""
        self.root, self.params = root, raw_params(SMALL | dict(changes or {}))
        (root / "params.yaml").write_text(yaml.safe_dump(self.params), encoding="utf-8")
        self.texts("train", [plain(i) for i in range(60)])
        self.texts("valid", [plain(i) for i in range(60, 70)])
        for split, rows in (("train", 80), ("test", 20)):
            self.labels(split, [("ab"[i % 2], plain(i)) for i in range(rows)])

    def texts(self, split: str, rows: list[str], encoding: str = "utf-8") -> None:
        """Write a split of the unlabelled text."""
        self.write(f"texts/{split}.txt", "".join(f"{row}\n" for row in rows).encode(encoding))

    def labels(self, split: str, rows: Rows, encoding: str = "utf-8") -> None:
        """Write a split of the labelled text."""
        lines = [f'"{label}","{text}"\n' for label, text in rows]
        self.write(f"labels/{split}.csv", "".join(["label,text\n", *lines]).encode(encoding))

    def write(self, name: str, content: bytes) -> None:
        """Write a file of the data."""
        path = self.root / "given" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def run(self, last: str = "report") -> str | None:
        """Run stages up to ``last``, as ``dvc repro`` does; return the sentence of an error."""
        for name, command in commands(self.params):
            if sentence := run(command):
                return sentence
            if name == last:
                break
        return None

    def made(self) -> set[str]:
        """Return the files that there are besides those given and the programs' scratch."""
        names = set(files_below(self.root))
        return {n for n in names if not n.startswith(("given/", ".scratch/", "params.yaml"))}


def plain(seed: int) -> str:
    """Return a row of ordinary words."""
    return " ".join(Random(seed).choices(WORDS, k=9))


def commands(params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and command of every stage, in order, with their parameters filled in."""
    stages = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))["stages"]
    for name, stage in stages.items():
        if "foreach" not in stage:
            yield name, filled(stage["cmd"], params)
            continue
        items = look_up(stage["foreach"].strip("${}"), params)
        for key in items:
            item = items[key] if isinstance(items, dict) else key
            yield name, filled(stage["do"]["cmd"], params | {"item": item, "key": key})


def filled(command: str, values: dict[str, Any]) -> str:
    return re.sub(r"\$\{(.+?)\}", lambda found: str(look_up(found[1], values)), command)


def look_up(dotted: str, values: Any) -> Any:
    for part in dotted.split("."):
        values = values[part]
    return values


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


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Case]:
    """Return what makes a case, in whose folder the test then is."""

    def make(changes: Mapping[str, Any] | None = None) -> Case:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("W2V_DATA_DIR", "given")
        return Case(tmp_path, changes)

    return make


SIGNS = ("US$", "$$", "=1+1", "\x1b[31mred", "Сельское хозяйство", "<b>&")
SHOWN = {sign.replace("\x1b", "\\x1b") for sign in SIGNS}


def test_odd_names_words_and_rows_go_through_every_stage(enter: Callable[..., Case]) -> None:
    """Class names with signs, words of digits, rows without a word, R beyond every row."""
    cell = "R400-K1"
    case = enter({"sgns.R": 400, "ablation.cells": [cell], "data.validation": 90})
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
    drawn = ["".join(ElementTree.parse(svg).getroot().itertext()) for svg in svgs()]
    assert all(any(name in text for text in drawn) for name in ("US$", "$$", "\\x1b[31mred"))
    assert not [name for name in case.made() if "partial" in name or "tmp" in name]
    assert_printed_where_letters_lack()


def svgs() -> list[Path]:
    found = sorted(Path("plots").glob("*.svg"))
    assert found
    return found


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


def test_labels_of_one_class_and_words_too_rare_for_attention(enter: Callable[..., Case]) -> None:
    """Of many classes one is nearly all; no word is eight times in a class of validation rows."""
    case = enter({"data.validation": 60})
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
    "utf-16 text": (
        lambda case: case.texts("train", ["amber basin"] * 9, "utf-16-le"),
        {},
        "download",
        "texts/train.txt, row 1: a zero byte, as of UTF-16",
    ),
    "utf-16 labels": (
        lambda case: case.labels("test", [("a", "amber")] * 9, "utf-16-be"),
        {},
        "download",
        "labels/test.csv, row 1: a zero byte",
    ),
    "no pair": (one_word_rows, {}, "sgns", "so there is no pair to learn from"),
    "no word kept": (lambda _: None, {"sgns.subsample": 1e-30}, "sgns", "sgns.subsample is 1e-30"),
    "diverged": (lambda _: None, {"sgns.lr": 1e30, "sgns.epochs": 3}, "sgns", "sgns.lr is 1e+30"),
    "diverged, infonce": (
        lambda _: None,
        {"sgns.lr": 1e30, "sgns.objective": "infonce", "sgns.epochs": 3},
        "sgns",
        "raise sgns.temperature",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_work_is_one_sentence_and_nothing_half_written(
    kind: str, enter: Callable[..., Case]
) -> None:
    prepare, changes, stage, sentence = REFUSED[kind]
    case = enter(changes)
    prepare(case)
    said = case.run("sgns-variant") or ""
    assert said.startswith(f"{stage}: ")
    assert sentence in said
    assert "\x1b" not in said
    made = case.made()
    assert not [name for name in made if name.startswith("models/") or "partial" in name]
    assert stage != "download" or made == {"data/checked.txt"}


@pytest.mark.parametrize("option", ["--budget 0", "--dim 0", "--dim -3"])
def test_a_number_on_the_command_line_has_its_least_value(
    option: str, enter: Callable[..., Case]
) -> None:
    enter()
    command = "python -m stages.classify train --methods vanilla --corpus pretrain --out out"
    name, value = option.split()
    assert run(f"{command} {option}") == f"classify: {name} is {value}, but must be at least 1."
