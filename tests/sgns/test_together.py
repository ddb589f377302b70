import os
import signal
import time
from collections.abc import Sequence

import pytest
import torch

from stages.console import StageError
from stages.sgns import together
from stages.sgns.lanes import LANES
from stages.sgns.together import Job, cores_for, train_together, waves
from stages.sgns.trainer import Epoch
from stages.workers import CAN_FORK
from tests.sgns.examples import CPU, config, topic_trainer

forks = pytest.mark.skipif(not CAN_FORK, reason="forks are of Linux")


def ignore(history: Sequence[Epoch]) -> None:
    """Save nothing."""


def jobs_of(models: int, precision: str = "float32") -> list[Job]:
    params = config(epochs=2, subsample=0.01, precision=precision)
    return [Job(topic_trainer(params, model=model), [], ignore) for model in range(models)]


def results(jobs: Sequence[Job]) -> list[tuple[bytes, bytes, list[Epoch]]]:
    models = [job.trainer.model for job in jobs]
    return [
        (model.vectors.numpy().tobytes(), model.square.numpy().tobytes(), job.history)
        for model, job in zip(models, jobs, strict=True)
    ]


def trained(models: int, cores: int, precision: str) -> list[tuple[bytes, bytes, list[Epoch]]]:
    jobs = jobs_of(models, precision)
    train_together(jobs, cores, lambda *_: None)
    return results(jobs)


@pytest.mark.parametrize(
    ("models", "cores", "planned"),
    [
        (3, 1, [([0], 1), ([1], 1), ([2], 1)]),
        (3, 2, [([0, 1], 1), ([2], 2)]),
        (3, 3, [([0, 1, 2], 1)]),
        (3, 5, [([0, 1, 2], 1)]),
        (5, 4, [([0, 1, 2, 3], 1), ([4], LANES)]),
        (3, 64, [([0, 1, 2], LANES)]),
        (1, 2, [([0], 2)]),
    ],
)
def test_as_many_models_as_cores_and_what_remains_in_lanes(
    models: int, cores: int, planned: list[tuple[list[int], int]]
) -> None:
    assert [(list(numbers), each) for numbers, each in waves(models, cores)] == planned


@forks
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_neither_processes_nor_company_change_a_byte(precision: str) -> None:
    alone = trained(3, 1, precision)
    assert len({vectors for vectors, _, _ in alone}) == 3
    assert all([epoch.epoch for epoch in history] == [0, 1, 2] for _, _, history in alone)
    for models, cores in ((3, 2), (3, 3), (3, 6), (1, 1), (1, 2)):
        assert trained(models, cores, precision) == alone[:models], (models, cores)


def test_only_the_cpu_is_shared_by_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "usable_cores", lambda: 7)
    monkeypatch.setattr(together, "CAN_FORK", True)
    assert cores_for(CPU) == 7 and cores_for(CPU, 2) == 2
    assert cores_for(torch.device("cuda")) == cores_for(torch.device("cuda"), 2) == 1
    monkeypatch.setattr(together, "CAN_FORK", False)
    assert cores_for(CPU) == cores_for(CPU, 2) == 1


def test_with_one_core_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "side_by_side", None)
    told: list[tuple[int, int]] = []
    train_together(jobs_of(2), 1, lambda model, epoch: told.append((model, epoch.epoch)))
    assert told == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


@forks
@pytest.mark.parametrize("models", [1, 2])
def test_a_killed_process_ends_the_training_soon_and_in_one_sentence(models: int) -> None:
    jobs = [
        Job(job.trainer, job.history, lambda _: os.kill(os.getpid(), signal.SIGKILL))
        for job in jobs_of(models)
    ]
    start = time.monotonic()
    with pytest.raises(StageError, match="one of its processes was killed"):
        train_together(jobs, 2, lambda *_: None)
    assert time.monotonic() - start < 2


@forks
def test_an_error_of_saving_is_raised_as_it_is() -> None:
    def fail(history: Sequence[Epoch]) -> None:
        raise StageError(f"disk full after epoch {history[-1].epoch}")

    jobs = [Job(job.trainer, job.history, fail) for job in jobs_of(2)]
    with pytest.raises(StageError, match="disk full after epoch 0"):
        train_together(jobs, 2, lambda *_: None)
