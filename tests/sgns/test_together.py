"""Models side by side: each as it is alone, and what happens when one fails."""

import time
from collections.abc import Sequence

import numpy as np
import pytest

from stages.core.console import StageError
from stages.sgns.together import Job, train_together
from stages.sgns.trainer import Epoch
from tests.sgns.examples import config, topic_trainer


def ignore(history: Sequence[Epoch]) -> None:
    """Save nothing."""


def jobs_of(models: int, **changes: object) -> list[Job]:
    params = config(**{"epochs": 2, "subsample": 0.01} | changes)
    return [Job(topic_trainer(params, model=model), [], ignore) for model in range(models)]


def results(models: int, threads: int) -> list[tuple[bytes, list[Epoch]]]:
    jobs = jobs_of(models)
    train_together(jobs, threads, lambda *_: None)
    states = [job.trainer.learner.state() for job in jobs]
    return [
        (b"".join(array.tobytes() for array in state.values()), job.history)
        for state, job in zip(states, jobs, strict=True)
    ]


def test_neither_threads_nor_company_change_a_byte() -> None:
    alone = results(3, 1)
    assert len({vectors for vectors, _ in alone}) == 3
    assert all([epoch.epoch for epoch in history] == [0, 1, 2] for _, history in alone)
    for models, threads in ((3, 2), (3, 6), (1, 1), (2, 2)):
        assert results(models, threads) == alone[:models], (models, threads)


def test_an_error_of_one_model_stops_the_others_soon_and_is_raised_as_it_is() -> None:
    def fail(history: Sequence[Epoch]) -> None:
        raise StageError(f"disk full after epoch {history[-1].epoch}")

    long, short = jobs_of(2, epochs=1000)
    start = time.monotonic()
    with pytest.raises(StageError, match="disk full after epoch 0"):
        train_together([long, Job(short.trainer, [], fail)], 2, lambda *_: None)
    assert time.monotonic() - start < 10
    assert len(long.history) < 1000


def test_ctrl_c_stops_all_soon_and_keeps_whole_epochs() -> None:
    def interrupt(model: int, epoch: Epoch) -> None:
        if epoch.epoch == 1:
            raise KeyboardInterrupt

    jobs = jobs_of(3, epochs=1000)
    with pytest.raises(KeyboardInterrupt):
        train_together(jobs, 2, interrupt)
    assert all(len(job.history) < 1000 for job in jobs)
    assert all(np.isfinite(job.trainer.vectors()[0]).all() for job in jobs)
