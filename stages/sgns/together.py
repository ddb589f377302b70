"""Training the models of one configuration side by side, each in a thread of its own.

The loops of ``kernels`` do not hold Python's lock, so threads use all cores; and a model shares
nothing with another, so that its bytes do not depend on how many there are.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import count
from threading import Event, Lock

from stages.core.console import progress
from stages.sgns.trainer import Epoch, Trainer

STEPS_AT_ONCE = 8  # drawing the progress bar costs a little each time


@dataclass(frozen=True)
class Job:
    """A model to train.

    history: so far, and at the end all of it. save: is given the history after every epoch, in
    the thread that trains.
    """

    trainer: Trainer
    history: list[Epoch]
    save: Callable[[Sequence[Epoch]], None]


def train_together(
    jobs: Sequence[Job], threads: int, tell: Callable[[int, Epoch], None] | None
) -> None:
    """Train every model to its end.

    Args:
        jobs: the models.
        threads: how many are trained at the same time.
        tell: is given the number of a model and its epoch as it comes; None: nothing is shown.

    Raises:
        StageError: a model has diverged, or its checkpoint cannot be written; the others stop.
    """
    epochs = sum(job.trainer.epochs_after(job.history) for job in jobs)
    steps = sum(job.trainer.epochs_after(job.history) * job.trainer.steps for job in jobs)
    stop, one_at_a_time = Event(), Lock()
    nothing: tuple[int, ...] = ()  # the bar is moved on by the threads
    with (
        ThreadPoolExecutor(threads) as pool,
        progress(nothing, f"{epochs} epochs", "step", steps, tell is not None) as bar,
    ):

        def train(number: int, job: Job) -> None:
            """Train a model, unless told to stop; tell the others to if it fails."""
            taken = count(1)

            def after_step() -> None:
                if next(taken) % STEPS_AT_ONCE == 0:
                    with one_at_a_time:
                        bar.update(STEPS_AT_ONCE)
                if stop.is_set():
                    raise _Stopped

            try:
                if stop.is_set():
                    return
                for epoch in job.trainer.run(job.history, after_step):
                    job.history.append(epoch)
                    job.save(job.history)
                    if tell is not None:
                        with one_at_a_time, bar.external_write_mode():
                            tell(number, epoch)
            except _Stopped:
                pass
            except BaseException:
                stop.set()
                raise

        futures = [pool.submit(train, number, job) for number, job in enumerate(jobs)]
        try:
            wait(futures)
        finally:
            stop.set()  # also at Ctrl-C
    for future in futures:
        future.result()


class _Stopped(Exception):  # noqa: N818 - it is no error
    """Another model has failed, or the user has had enough."""
