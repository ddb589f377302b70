"""Two plots folders: noise of another processor passes, another conclusion does not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages.core.console import StageError
from tests.support import REPOSITORY, only_sentence, run_python
from tools.compare import compare

PLOTS = REPOSITORY / "plots"
Row = dict[str, str]


@pytest.fixture
def perturbed(tmp_path: Path) -> Path:
    """A copy of the published results, to be changed."""
    return Path(shutil.copytree(PLOTS, tmp_path / "plots"))


def change(path: Path, edit: Callable[[Row], Row | None]) -> None:
    """Write a table anew, with its rows edited; those that become None are left out."""
    rows: Any = pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
    edited = [row for row in map(edit, rows) if row is not None]
    pd.DataFrame(edited).to_csv(path, index=False)


def moved(column: str, by: float) -> Callable[[Row], Row]:
    """An edit that adds to a number of every row."""
    return lambda row: row | {column: str(float(row[column]) + by)} if row[column] else row


def put(column: str, value: str) -> Callable[[Row], Row]:
    """An edit that puts a value in the place of every row's own."""
    return lambda row: row | {column: value}


def where(column: str, value: str, edit: Callable[[Row], Row]) -> Callable[[Row], Row]:
    """An edit of the rows alone that have this value."""
    return lambda row: edit(row) if row[column] == value else row


def too_far(perturbed: Path) -> dict[str, list[str]]:
    """What lies too far from the published results, by what was compared."""
    return {f.what: f.too_far for f in compare(PLOTS, perturbed) if f.too_far}


# What passes, at least as much as between an Intel in bfloat16 and an AMD in float32, and what not.
MOVES = [
    ("results.csv", "test_accuracy", 0.006, 0.011, "test_accuracy"),
    ("results.csv", "unknown_share", 0.0, 0.0001, "its measures"),
    ("ablation.csv", "test_accuracy", -0.004, -0.011, "test_accuracy"),
    ("labels.csv", "word2vec", 0.0004, 0.003, "its measures"),
    ("history.csv", "validation_loss", 0.0007, 0.011, "validation_loss"),
    ("sgns.csv", "validation_loss", 0.0009, 0.006, "validation_loss"),
    ("lens.csv", "effective_rank", 0.01, 9.0, "its measures"),
    ("lens.csv", "pmi_correlation", 0.0, 0.02, "its measures"),
    ("grid.csv", "mean", 0.06, 0.3, "mean"),
    ("equivalent_labels.csv", "vanilla_labels", 9.0, 1500.0, "vanilla_labels"),
    ("lens_and_accuracy.csv", "spearman", 0.04, 0.2, "spearman"),
    ("claims.csv", "estimate", 0.001, 5.0, "estimate"),
]


def test_noise_of_another_processor_passes(perturbed: Path) -> None:
    for file, column, noise, _, _ in MOVES:
        change(perturbed / file, moved(column, noise))
    assert too_far(perturbed) == {}


@pytest.mark.parametrize(
    ("file", "edit", "what"),
    [
        *((file, moved(column, more), what) for file, column, _, more, what in MOVES),
        # At every number of labels.
        *(("grid.csv", where("n_labels", n, moved("mean", 0.3)), "mean") for n in ("500", "5000")),
        # A number that became none is no small difference.
        *(("labels.csv", put("word2vec", none), "its measures") for none in ("nan", "")),
        ("claims.csv", where("claim", "1b usual", put("verdict", "contradicted")), "verdict"),
        ("neighbours.csv", lambda row: row | {"neighbour": row["neighbour"] + "x"}, "shared"),
    ],
)
def test_more_than_noise_is_named(
    perturbed: Path, file: str, edit: Callable[[Row], Row], what: str
) -> None:
    change(perturbed / file, edit)
    assert list(too_far(perturbed)) == [f"{file}: {what}"]


def test_rows_with_the_same_keys_are_refused(perturbed: Path) -> None:
    change(perturbed / "lens.csv", lambda row: row | {"R": "5", "K": "1"})
    with pytest.raises(StageError, match=r"lens\.csv .* \(two rows have the same R, K\)"):
        compare(PLOTS, perturbed)


@pytest.mark.parametrize("swap", [False, True])
def test_missing_rows_are_named_on_either_side(perturbed: Path, swap: bool) -> None:
    change(perturbed / "labels.csv", lambda row: row if row["n_labels"] != "500" else None)
    folders = (perturbed, PLOTS) if swap else (PLOTS, perturbed)
    found = [f for f in compare(*folders) if f.too_far]
    assert [f.too_far for f in found] == [[f"500: only in {'NEW' if swap else 'OLD'}"]]


def test_other_data_are_named(perturbed: Path) -> None:
    content = json.loads((perturbed / "data.json").read_text())
    (perturbed / "data.json").write_text(json.dumps(content | {"title": "other"}))
    assert list(too_far(perturbed)) == ["data.json"]


def command(folder: Path, old: Path, new: Path) -> tuple[int, str]:
    done = run_python(folder, "-m", "tools.compare", str(old), str(new))
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_command_says_where_and_exits_1(perturbed: Path, tmp_path: Path) -> None:
    status, said = command(tmp_path, PLOTS, PLOTS)
    assert status == 0
    assert "compare: the same conclusions; " in said
    change(perturbed / "labels.csv", moved("tfidf", 0.1))
    status, said = command(tmp_path, PLOTS, perturbed)
    assert status == 1
    assert "compare: labels.csv: its measures: 500: tfidf 0." in said
    files = len(list(PLOTS.iterdir()))
    assert said.splitlines()[-1] == (
        f"compare: 1 of 15 comparisons differ; {files - 1} of {files} files have the same bytes"
    )


def test_what_is_no_plots_folder_is_one_sentence(perturbed: Path, tmp_path: Path) -> None:
    (perturbed / "results.csv").write_text("budget,method\n20,vanilla\n")
    for new, sentence in ((tmp_path / "none", "is not a folder"), (perturbed, "'run'")):
        done = run_python(tmp_path, "-m", "tools.compare", str(PLOTS), str(new))
        assert sentence in only_sentence(done, "compare")
