"""Training the models of one configuration side by side, each in a thread of its own.

The loops of ``kernels`` do not hold Python's lock, so threads use all cores; and a model shares
nothing with another, so that its bytes do not depend on how many there are.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event

from stages.core.console import progress
from stages.sgns.trainer import Epoch, Trainer

STEPS_A_MESSAGE = 8  # drawing the progress bar costs a little each time

Message = int | Epoch | None  # steps taken, an epoch, or the end


@dataclass(frozen=True)
class Job:
    """A model to train.

    history: so far, and at the end all of it. save: is given the history after every epoch, in
    the thread that trains.
    """

    trainer: Trainer
    history: list[Epoch]
    save: Callable[[Sequence[Epoch]], None]


def train_together(jobs: Sequence[Job], threads: int, tell: Callable[[int, Epoch], None]) -> None:
    """Train every model to its end.

    Args:
        jobs: the models.
        threads: how many are trained at the same time.
        tell: is given the number of a model and its epoch as it comes, in this thread.

    Raises:
        StageError: a model has diverged, or its checkpoint cannot be written; the others stop.
    """
    epochs = sum(job.trainer.epochs_after(job.history) for job in jobs)
    steps = sum(job.trainer.epochs_after(job.history) * job.trainer.steps for job in jobs)
    messages: SimpleQueue[tuple[int, Message]] = SimpleQueue()
    stop, left = Event(), len(jobs)
    nothing: tuple[int, ...] = ()  # the bar is moved on by messages
    with (
        ThreadPoolExecutor(threads) as pool,
        progress(nothing, f"{epochs} epochs", "step", steps) as bar,
    ):
        futures = [pool.submit(_train, job, n, messages, stop) for n, job in enumerate(jobs)]
        try:
            while left:
                number, message = messages.get()
                if isinstance(message, Epoch):
                    with bar.external_write_mode():
                        tell(number, message)
                elif message is None:
                    left -= 1
                else:
                    bar.update(message)
        finally:
            stop.set()  # also at Ctrl-C
    for future in futures:
        future.result()


def _train(
    job: Job, number: int, messages: "SimpleQueue[tuple[int, Message]]", stop: Event
) -> None:
    """Train a model, unless told to stop; tell the others to if it fails."""
    steps = 0

    def after_step() -> None:
        nonlocal steps
        steps += 1
        if steps % STEPS_A_MESSAGE == 0:
            messages.put((number, STEPS_A_MESSAGE))
        if stop.is_set():
            raise _Stopped

    try:
        if stop.is_set():
            return
        for epoch in job.trainer.run(list(job.history), after_step):
            job.history.append(epoch)
            job.save(job.history)
            messages.put((number, epoch))
    except _Stopped:
        pass
    except BaseException:
        stop.set()
        raise
    finally:
        messages.put((number, None))


class _Stopped(Exception):  # noqa: N818 - it is no error
    """Another model has failed, or the user has had enough."""
