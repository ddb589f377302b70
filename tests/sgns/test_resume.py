"""Killing ``python -m stages.sgns`` and running it again, as a user or the system may."""

import re
import sys
from pathlib import Path

from stages.sgns.checkpoint import SCRATCH
from tests.sgns.examples import write_project
from tests.support import child_environment, files_below, kill_after, run_python

OUT = "models/sgns/main"
TRAIN = ("-m", "stages.sgns", "train", "--R", "3", "--K", "2", "--out", OUT)
EPOCHS = 12
MODELS = 3


def test_a_killed_training_goes_on_where_it_was_and_ends_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    killed, whole = (
        write_project(tmp_path / name, 2000, epochs=EPOCHS, models=MODELS)
        for name in ("killed", "whole")
    )
    command, environment = [sys.executable, *TRAIN], child_environment(killed)
    kill_after("model 2, epoch 2:", command, killed, environment)
    assert not (killed / OUT).exists()
    [folder] = (killed / SCRATCH).iterdir()
    left = folder / "model-0-0123456789abcdef.safetensors"
    left.write_bytes(b"of other parameters")

    again = run_python(killed, *TRAIN)
    assert again.returncode == 0, again.stderr
    went_on = dict(re.findall(r"model (\d+) goes on after epoch (\d+)", again.stdout))
    assert "2" in went_on and 2 <= int(went_on["2"]) < EPOCHS
    done = re.findall(r"^sgns: model (\d+), epoch (\d+):", again.stdout, re.M)
    for model in map(str, range(1, MODELS + 1)):
        mine = [int(epoch) for number, epoch in done if number == model]
        assert mine == list(range(int(went_on.get(model, -1)) + 1, EPOCHS + 1))

    uninterrupted = run_python(whole, *TRAIN)
    assert uninterrupted.returncode == 0, uninterrupted.stderr
    assert "goes on" not in uninterrupted.stdout
    for folder in (killed, whole):
        assert list((folder / SCRATCH).iterdir()) == []
    files = files_below(whole / OUT)
    assert {"vectors.safetensors", "history.csv", "model-2/vectors.safetensors"} <= set(files)
    assert files_below(killed / OUT) == files


def test_verify_trains_twice_and_says_the_digest(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", 200, epochs=2)
    done = run_python(folder, "-m", "stages.sgns", "verify")
    assert done.returncode == 0, done.stderr
    assert re.search(r"twice the same vectors: sha256 [0-9a-f]{64}$", done.stdout, re.M)
    assert not (folder / "models").exists() and not (folder / SCRATCH).exists()
