"""Training the models of one configuration at the same time, on all the cores there are.

A model in a process of its own waits for nobody, so as many models as there are cores are
trained side by side. Those that remain share the cores, by their lanes. Neither changes a byte
of the result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from stages.console import progress
from stages.sgns.lanes import LANES, Share
from stages.sgns.trainer import Epoch, Trainer
from stages.workers import CAN_FORK, Send, side_by_side, usable_cores

ROUNDS_A_MESSAGE = 8  # waking the process that draws the progress bar costs a little each time


@dataclass(frozen=True)
class Job:
    """A model to train.

    trainer: on whose CPU the model is shared memory, so that the trained one is there at the
    end. history: so far. save: is given the history after every epoch, in the process that
    trains.
    """

    trainer: Trainer
    history: list[Epoch]
    save: Callable[[Sequence[Epoch]], None]


def cores_for(device: torch.device, wanted: int | None = None) -> int:
    """Return how many processes to train in: as many as wanted, or cores, where that is safe."""
    return wanted or usable_cores() if device.type == "cpu" and CAN_FORK else 1


def waves(models: int, cores: int) -> list[tuple[range, int]]:
    """Return which models to train at the same time, wave after wave, in how many processes each.

    As many models as cores at first; in the last wave, what remains is split by lanes.
    """
    whole = models - models % cores
    planned = [(range(first, first + cores), 1) for first in range(0, whole, cores)]
    if whole < models:
        planned.append((range(whole, models), min(LANES, cores // (models - whole))))
    return planned


def train_together(jobs: Sequence[Job], cores: int, tell: Callable[[int, Epoch], None]) -> None:
    """Train every model to its end, and complete its history.

    Args:
        jobs: the models.
        cores: processes to train in at the same time; one needs no other process than this.
        tell: is given each epoch and the number of its model as it comes, in this process.

    Raises:
        StageError: a process was killed.
    """
    epochs = sum(job.trainer.epochs_after(job.history) for job in jobs)
    rounds = sum(job.trainer.epochs_after(job.history) * job.trainer.rounds for job in jobs)
    nothing: tuple[int, ...] = ()  # the bar is moved on by messages
    with progress(nothing, f"{epochs} epochs", "round", rounds) as bar:

        def receive(message: int | tuple[int, Epoch]) -> None:
            if isinstance(message, int):
                bar.update(message)
                return
            number, epoch = message
            jobs[number].history.append(epoch)
            with bar.external_write_mode():
                tell(number, epoch)

        for models, processes in waves(len(jobs), cores):
            tasks = [
                partial(_train, jobs[number], number, share)
                for number in models
                for share in jobs[number].trainer.shares(processes)
            ]
            if len(tasks) == 1:
                tasks[0](receive)
                continue
            for message in side_by_side(tasks):
                receive(message)


def _train(job: Job, number: int, share: Share, send: Send) -> None:
    """Train a share of a model; one of them saves and sends what there is to tell."""
    if share.number:
        for _ in job.trainer.run(job.history, share):
            pass
        return
    rounds = 0

    def after_round() -> None:
        nonlocal rounds
        rounds += 1
        if rounds % ROUNDS_A_MESSAGE == 0:
            send(ROUNDS_A_MESSAGE)

    history = list(job.history)
    for epoch in job.trainer.run(job.history, share, after_round):
        history.append(epoch)
        job.save(history)
        send((number, epoch))
