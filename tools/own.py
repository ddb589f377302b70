"""``python -m tools.own FOLDER``: from a folder of your own texts and labels to the report.

It looks at the files, says what it chooses to fit them, and runs ``dvc exp run`` with that. The
folder has labelled files, or two folders: one of text, one of labelled files.
"""

import argparse
import json
import math
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stages.check.whole import parse_params
from stages.core.console import StageError, run_stage, say
from stages.core.params import PARAMS_FILE, Section, parse, read_content
from stages.download.local import FORMATS, format_of, splits_of
from stages.download.sources import Source, load
from stages.download.stage import is_current
from stages.texts.params import DataParams
from stages.texts.place import DATA_DIR_VARIABLE
from stages.texts.raw import MANIFEST
from stages.texts.words import runs, words
from tools.columns import Columns, columns_of

PRETRAIN, DOWNSTREAM = "data.pretrain", "data.downstream"
LABEL, TEXT, PLAIN = f"{DOWNSTREAM}.label", f"{DOWNSTREAM}.text", f"{PRETRAIN}.text"
BUDGETS = "classify.budgets"
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{,99}"
MOST_CHARACTERS = 12  # of a word, on average: where there are more, there are hardly spaces
LEAST_ROWS = 40  # below, the smaller of two budgets has hardly a row of each class
SIZES = (100, 500, 1000, 5000, 25000)
CELLS = ["R2-K1", "R5-K1", "R10-K1", "R5-K5"]
# The powers to which epochs fall with the text: 40 at 50 thousand tokens, 8 at 2 million.
FALL = math.log(40 / 8) / math.log(2_000_000 / 50_000)
BACK = (
    "git checkout HEAD -- params.yaml dvc.lock plots data models && "
    "git clean -fdq plots models && dvc checkout"
)


class Data(Section):
    """What is read of the parameters before the others are chosen."""

    data: DataParams


@dataclass
class Choices:
    """Values by key of params.yaml: what the user gave, and what was chosen beside it."""

    given: dict[str, Any]
    chosen: dict[str, Any] = field(default_factory=dict)

    def choose(self, key: str, value: object, why: str) -> None:
        """Take a value and say it, unless the user gave one."""
        if key not in self.given:
            self.chosen[key] = value
            say(f"own: {key} = {written(value)} ({why})")

    def content(self) -> dict[str, Any]:
        """Return the parameters with these values, unchecked."""
        content: Any = read_content(PARAMS_FILE)
        for key, value in (self.chosen | self.given).items():
            section, (*parts, name) = content, key.split(".")
            for part in parts:
                if not isinstance(section.get(part), dict):
                    section[part] = {}
                section = section[part]
            section[name] = value
        return dict(content)

    def data(self) -> DataParams:
        """Return the section ``data``; raises StageError if a value of it is not legal."""
        return parse(Data, {"data": self.content()["data"]}, str(PARAMS_FILE)).data


def written(value: object) -> str:
    """Return a value as ``-S`` takes it: a word as it is, all else as JSON."""
    # Shorter words may be numbers to DVC: nan, inf, 1e3.
    word = isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]{3,}", value)
    if isinstance(value, str) and word and yaml.safe_load(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def settings_of(given: Sequence[str]) -> dict[str, Any]:
    """Return the values of ``-S``; raises StageError where one is no ``KEY=VALUE``."""
    try:
        return {k: yaml.safe_load(v) for k, v in (setting.split("=", 1) for setting in given)}
    except (ValueError, yaml.YAMLError):
        raise StageError(f"-S takes KEY=VALUE, but is given {' '.join(given)}.") from None


def has_data(folder: Path) -> bool:
    """Whether a folder has files of data."""
    return any(format_of(p) in FORMATS and p.is_file() for p in folder.glob("[!.]*"))


def choose_place(folder: Path, choices: Choices) -> None:
    """Choose the names of both data sets, and tell the stages where they are."""
    if not folder.is_dir():
        raise StageError(f"there is no folder {folder}; name the one with your files.")
    alone = has_data(folder)
    label = choices.given.get(LABEL, "label")
    text, labelled = (folder, folder) if alone else text_and_labels(folder, label, choices)
    why = "its rows without labels are the text" if alone else "a folder with text"
    for key, of, reason in ((PRETRAIN, text, why), (DOWNSTREAM, labelled, "labelled files")):
        if not re.fullmatch(NAME, of.name):
            raise StageError(
                f"rename the folder {of.name!r}: its name may have letters from a to z, digits, "
                "'.', '_' and '-', and begins with a letter or a digit."
            )
        choices.choose(f"{key}.name", of.name, reason)
    choices.choose("data.source", "local", f"{DATA_DIR_VARIABLE} is {labelled.parent}")
    os.environ[DATA_DIR_VARIABLE] = str(labelled.parent)


def text_and_labels(folder: Path, label: str, choices: Choices) -> tuple[Path, Path]:
    """Return the folders with text and with labels; raises StageError if it cannot be told."""
    found = [path for path in sorted(folder.iterdir()) if path.is_dir() and has_data(path)]
    names = {path: list(columns(path, choices, 1).values) for path in found}
    # One column alone is text. Where both have several, one must have the label by its name.
    several = [path for path in found if len(names[path]) > 1]
    labelled = [path for path in several if len(several) == 1 or label in names[path]]
    if len(found) == 2 and len(labelled) == 1:
        return next(path for path in found if path != labelled[0]), labelled[0]
    told = "; ".join(f"{path.name}: {', '.join(names[path])}" for path in found) or "none"
    raise StageError(
        f"{folder} has neither labelled files ({', '.join(FORMATS)}) nor two folders, of which one "
        f"has labelled files, with a column {label!r}; its folders with files and columns: {told}."
    )


def columns(folder: Path, choices: Choices, most: int | None = None) -> Columns:
    """Return what the first rows of the train split have; it is found as by ``download``."""
    splits = choices.data().downstream.splits
    return columns_of(splits_of(folder, splits.model_dump())["train"], most)


def choose_columns(root: Path, choices: Choices) -> None:
    """Choose the columns with text and labels, where the user names none."""
    data, label = choices.data(), choices.given.get(LABEL, "label")
    labelled = columns(root / data.downstream.name, choices)
    if TEXT not in choices.given:
        choices.choose(TEXT, *labelled.text(TEXT, label))
    if LABEL not in choices.given:
        text = choices.data().downstream.text_columns
        choices.choose(LABEL, *labelled.label(LABEL, text))
    if data.pretrain.name != data.downstream.name and PLAIN not in choices.given:
        plain = columns(root / data.pretrain.name, choices)
        choices.choose(PLAIN, *plain.text(PLAIN, label))


def choose_labels(rows: int, choices: Choices) -> None:
    """Choose what hangs on the number of labelled rows to train on."""
    if rows < LEAST_ROWS:
        raise StageError(f"{rows} labelled rows to train on are too few; bring {LEAST_ROWS}.")
    held_out = min(max(rows // 10, 10), 3000)
    choices.choose("data.validation", held_out, f"of {rows:,} labelled rows, to choose epochs by")
    pool = rows - min(choices.data().validation, rows // 2)
    # One that is nearly the pool would say the same twice.
    budgets = [*([size for size in SIZES if size <= pool * 2 / 3] or [pool // 2]), pool]
    choices.choose(BUDGETS, budgets, f"labels to learn from, up to all {pool:,} that are left")
    given = choices.given.get(BUDGETS)
    fewest = (given if isinstance(given, list) else budgets)[:2]
    choices.choose("ablation.budgets", fewest, "the fewest, where vectors matter most")
    runs = 6 if pool <= 10_000 else 3
    choices.choose("classify.runs", runs, "of each method; fewer where each takes longer")
    choices.choose("ablation.cells", CELLS, "a small cross of R and K")
    for key in ("sgns.models", "ablation.models"):
        choices.choose(key, 3, "with fewer there is no interval to speak of")


def choose_kind(rows: Iterable[str], choices: Choices) -> int:
    """Choose words or subwords, by how far apart spaces are; return about how many there are."""
    spaced = single = characters = 0
    for row in rows:
        lengths = [len(run) for run in runs(row)]
        spaced, characters = spaced + len(lengths), characters + sum(lengths)
        single += len(words(row))  # there, a Chinese character is one
    mean = characters / max(spaced, 1)
    if mean <= MOST_CHARACTERS and single <= 2 * spaced:
        return spaced
    choices.choose("tokenize.kind", "subwords", f"{mean:.0f} characters from space to space")
    # With many for little text, whole sentences are pieces.
    pieces = min(max(characters // 50, 500), 8000)
    choices.choose("tokenize.pieces", pieces, f"in all, for {characters:,} characters")
    return characters // 2


def choose_training(tokens: int, choices: Choices) -> None:
    """Choose what hangs on the amount of text."""
    # 40 times less text gets 5 times the epochs: with all of 40 times, its rows would be learned
    # by heart. The batch makes up for the rest. It leaves as many steps as 2 million tokens have
    # in 8 epochs of 20,480: at each, a row moves by about the learning rate, however many centres
    # there are, so that fewer steps would leave the vectors near where they began.
    epochs = min(max(round(8 * (2_000_000 / max(tokens, 1)) ** FALL), 8), 40)
    batch = min(max(tokens * epochs // 800 // 128 * 128, 128), 20480)
    choices.choose("sgns.epochs", epochs, f"for {tokens:,} tokens of text; more where it is less")
    choices.choose("sgns.batch", batch, "small enough for about 800 steps, if there is the text")
    few = tokens < 1_000_000
    choices.choose("tokenize.min_count", 2 if few else 3, f"{'little' if few else 'much'} text")


def choose(folder: Path, given: Sequence[str]) -> Choices:
    """Choose all, and say it; raises StageError where the data or a value cannot be used."""
    choices = Choices(settings_of(given))
    choose_place(folder, choices)
    choose_columns(Path(os.environ[DATA_DIR_VARIABLE]), choices)
    read = load(choices.data(), Source("local", "yours"))
    choose_labels(read.downstream.tallies["train"].rows, choices)
    choose_training(choose_kind(read.pretrain.splits["train"], choices), choices)
    parse_params(choices.content())
    return choices


def sign_experiments() -> None:
    """Name somebody to Git, where the user has named nobody: DVC keeps a run as a commit."""
    for key, value in (("name", "nobody"), ("email", "nobody@localhost")):
        known = subprocess.run(["git", "config", f"user.{key}"], capture_output=True, check=False)
        for role in () if known.stdout else ("AUTHOR", "COMMITTER"):
            os.environ.setdefault(f"GIT_{role}_{key.upper()}", value)


def main() -> None:
    """Choose, run, and say where the results are and how to get back."""
    parser = argparse.ArgumentParser(prog="python -m tools.own", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", help="with your files")
    parser.add_argument("--dry-run", action="store_true", help="say what is chosen, run nothing")
    parser.add_argument("-S", action="append", default=[], metavar="KEY=VALUE", help="for DVC too")
    options = parser.parse_args()
    choices = choose(Path(options.folder).expanduser().resolve(), options.S)
    settings = [*(f"{key}={written(value)}" for key, value in choices.chosen.items()), *options.S]
    command = ["dvc", "exp", "run", *(part for setting in settings for part in ("-S", setting))]
    where = shlex.quote(os.environ[DATA_DIR_VARIABLE])
    say(f"own: {DATA_DIR_VARIABLE}={where} {shlex.join(command)}")
    if options.dry_run:
        return
    # DVC sees no file outside the project. All rows were just read, so none is refused.
    if not is_current(choices.data()):
        MANIFEST.unlink(missing_ok=True)
    sign_experiments()
    status = subprocess.run(command, check=False).returncode
    if not status:
        say(f"own: open {Path('plots/report.html').absolute()}")
        say("own: DVC keeps this run, whatever comes after: dvc exp list, dvc exp apply NAME")
    say(f"own: back to the last commit: {BACK}")
    sys.exit(status)


if __name__ == "__main__":
    run_stage("own", main)
