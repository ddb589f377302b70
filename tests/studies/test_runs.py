"""Runs and their right test rows stay together, on disk and off it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.ablation.cell import Cell
from stages.core.atomic import seal
from stages.core.console import StageError
from stages.results.classifiers import write_correct
from stages.results.methods import VANILLA, WORD2VEC
from stages.vectors.vectors import MODEL
from studies.runs import (
    RESULTS,
    VECTORS,
    Trained,
    read_classified,
    read_runs,
)
from tests.studies.made_up import runs_of_task


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_saved_is_what_is_read() -> None:
    saved = runs_of_task()
    saved.save("some")
    read = read_runs("some")
    pd.testing.assert_frame_equal(read.lines, saved.lines)
    np.testing.assert_array_equal(read.correct, saved.correct)


def test_a_table_that_is_damaged_or_missing_is_refused() -> None:
    runs_of_task().save("some")
    path = RESULTS / "some.csv"
    whole = path.read_text()
    for damaged in (whole.upper(), whole.replace("made-up", "x", 1)[40:]):
        path.write_text(damaged)
        with pytest.raises(StageError, match=r"some\.csv is damaged"):
            read_runs("some")
    with pytest.raises(StageError, match=r"dvc repro studies/dvc\.yaml"):
        read_runs("none")


def test_a_run_is_told_the_model_it_started_from_and_vanilla_none() -> None:
    columns = ("budget", "n_labels", "method", "run", "test_accuracy", "test_macro_f1")
    table = pd.DataFrame(
        [(20, 20, method, run, 0.5, 0.4) for method in (WORD2VEC, VANILLA) for run in range(3)],
        columns=list(columns),
    ).assign(unknown_share=0.1)
    folder = Path("out")
    folder.mkdir()
    table.to_csv(folder / "results.csv", index=False)
    write_correct(folder, [np.array([True, False])] * 6)
    seal(folder)
    trained = Trained(Path("vectors"), "pretrain", Cell(5, 1), 8, [1.5, 1.25])
    lines = read_classified(folder, "task", trained).lines
    assert list(lines[MODEL])[:3] == [0, 1, 0]
    assert list(lines["held_out_loss"])[:3] == [1.5, 1.25, 1.5]
    assert lines[[VECTORS, MODEL, "R"]][3:].isna().all().all()
