import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages.core.console import StageError
from stages.sgns import checkpoint
from stages.sgns.checkpoint import (
    checkpoint_folder,
    checkpoint_name,
    load_checkpoint,
    save_checkpoint,
    sweep_old,
)
from stages.sgns.learner import Learner
from stages.sgns.params import SgnsParams
from stages.sgns.trainer import Epoch, Loss
from stages.vectors.tokens import Texts
from tests.sgns.examples import config, topic_trainer
from tests.studies.imports import modules_of
from tests.support import REPOSITORY

HISTORY = [
    Epoch(0, None, Loss(0.25, 1 / 3, 8)),  # another last digit is another number
    Epoch(1, Loss(1e-17, 2 / 3, 9), Loss(0.3, np.pi, 8)),
]


def random_model(seed: int) -> Learner:
    learner, random = topic_trainer(config()).learner, np.random.default_rng(seed)
    shapes = {name: array.shape for name, array in learner.state().items()}
    state = {name: random.random(shape, np.float32) for name, shape in shapes.items()}
    learner.load(state, 100 + seed)
    return learner


def state_of(learner: Learner) -> tuple[bytes, bytes, int]:
    state = learner.state()
    return state["vectors"].tobytes(), state["square"].tobytes(), learner.steps


def test_a_failed_save_keeps_the_earlier_and_leaves_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, model = tmp_path / "it.safetensors", random_model(3)
    save_checkpoint(path, random_model(1), HISTORY)

    def full_disk(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StageError, match=r"checkpoint .*it.safetensors \(No space .*; free some"):
        save_checkpoint(path, random_model(2), HISTORY)
    assert list(tmp_path.iterdir()) == [path]
    assert load_checkpoint(path, model) == HISTORY
    assert state_of(model) == state_of(random_model(1))


def test_a_damaged_checkpoint_counts_as_none(tmp_path: Path) -> None:
    path, model = tmp_path / "it.safetensors", random_model(2)
    save_checkpoint(path, random_model(1), HISTORY)
    content = path.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    for place in (*range(header), *range(header, len(content), 97)):
        wrong = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        for damage in (wrong, content[:place]):
            path.write_bytes(damage)
            assert load_checkpoint(path, model) == [], place
    assert state_of(model) == state_of(random_model(2))


def test_checkpoints_that_nobody_went_on_with_for_a_week_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SCRATCH", tmp_path)
    long_ago = time.time() - 8 * 24 * 3600
    for name, when in (("own", long_ago), ("old", long_ago), ("new", time.time())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model-0-a").write_bytes(b"it")
        for path in (tmp_path / name / "model-0-a", tmp_path / name):
            os.utime(path, (when, when))
    (tmp_path / "no folder").write_bytes(b"it")
    sweep_old(tmp_path / "own")
    assert {path.name for path in tmp_path.iterdir()} == {"own", "new", "no folder"}
    monkeypatch.setattr(checkpoint, "SCRATCH", tmp_path / "none")
    sweep_old(tmp_path / "own")


def test_each_output_has_a_folder_of_its_own() -> None:
    outs = [Path("models/sgns/main"), Path("models/main"), Path("main"), Path("/tmp/main")]
    assert len({checkpoint_folder(out) for out in outs}) == len(outs)
    assert checkpoint_folder(Path("main")) == checkpoint_folder(Path("main").absolute())


def name_of(params: SgnsParams | None = None, **changes: Any) -> str:
    """The name of a small training with these changes."""
    given: dict[str, Any] = {"train": [[1, 2, 3], [2]], "validation": [[3], [1, 2]]}
    given |= {"counts": [0, 1, 2, 1], "seed": 0, "model": 0} | changes
    return checkpoint_name(
        Texts.from_lists(given.pop("train")),
        Texts.from_lists(given.pop("validation")),
        np.array(given.pop("counts")),
        params or config(),
        **given,
        device="cpu",
    )


def test_whatever_decides_the_result_decides_the_name() -> None:
    assert name_of().startswith("model-0-")
    changes: list[dict[str, Any]] = [
        *({"train": rows} for rows in ([[1, 2, 3], [3]], [[1, 2], [3, 2]])),
        *({"validation": rows} for rows in ([[3], [1, 1]], [[3, 1], [2]], [])),
        *({"counts": [0, 1, 2, 2]}, {"seed": 1}, {"model": 1}),
    ]
    names = [name_of(), *(name_of(**change) for change in changes)]
    other_choice = {"corpus": "both", "objective": "infonce"}
    for key, value in config().model_dump().items():
        if isinstance(value, bool):
            changed: object = not value
        else:
            changed = other_choice[key] if isinstance(value, str) else value + 1
        names.append(name_of(config(**{key: changed})))
    assert len(set(names)) == len(names)


def test_all_packages_that_training_imports_are_in_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packages = {path.parent.name for path in modules_of("stages.sgns.stage")}
    assert packages == set(checkpoint.CODE)
    names, read = [name_of()], Path.read_bytes
    for package in packages:
        edited = next((REPOSITORY / "stages" / package).glob("*.py"))
        monkeypatch.setattr(
            *(Path, "read_bytes", lambda of, edited=edited: read(of) + b"#" * (of == edited))
        )
        names.append(name_of())
    assert len(set(names)) == len(names)
