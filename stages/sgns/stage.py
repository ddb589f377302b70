"""Training the models of one R and K on a corpus: from checkpoints, to files."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Literal

from stages.core.atomic import output_folder, sha256
from stages.core.console import StageError, say
from stages.core.device import chosen_device
from stages.core.workers import usable_cores
from stages.sampling.stream import keep_probability
from stages.sgns.batches import farthest
from stages.sgns.checkpoint import (
    checkpoint_folder,
    checkpoint_name,
    epoch_of,
    forget,
    load_checkpoint,
    save_checkpoint,
    sweep,
    sweep_old,
)
from stages.sgns.exchange import Exchange
from stages.sgns.export import save
from stages.sgns.inputs import Inputs
from stages.sgns.params import Settings, SgnsParams
from stages.sgns.resources import require_memory
from stages.sgns.team import Team
from stages.sgns.together import Job, train_together
from stages.sgns.trainer import Epoch, Loss, Trainer
from stages.vectors.tokens import write_vocabulary
from stages.vectors.vectors import model_folder


def train(params: Settings, config: SgnsParams, inputs: Inputs, out: Path) -> None:
    """Train the models, each from its checkpoint if there is one, and write them to ``out``.

    Of several processes that share the training, only the first writes, or says what it does.

    Raises:
        StageError: the machine has too little memory, subsampling leaves no text, SGNS has
            diverged, or another process is gone.
    """
    require_tokens(inputs, config)
    device = chosen_device(params.device)
    exchange = joined(config, device)
    first = exchange is None or exchange.rank == 0
    most = farthest(inputs.train, inputs.validation)
    need = require_memory(len(inputs.vocabulary), config, device, most)
    if first:
        say(
            f"sgns: R={config.R} K={config.K} on {config.corpus}, models: {config.models}, "
            f"{len(inputs.vocabulary):,} words, on {device}; {need}"
        )
    checkpoints = checkpoint_folder(out)
    at_once, threads = threads_of(config, device, exchange)
    teams = [Team(threads, exchange, device) for _ in range(config.models)]
    jobs = jobs_of(params, config, inputs, checkpoints, teams)
    train_together(jobs, at_once, say_epoch if first else None)
    if first:
        write(jobs, config, inputs, out)
        forget(checkpoints)


def joined(config: SgnsParams, device: str) -> Exchange | None:
    """Meet the other processes, if torchrun has started this one.

    Raises:
        StageError: they cannot share the training.
    """
    if not Exchange.started():
        return None
    exchange = Exchange()
    if device != "cpu":
        raise StageError("several processes train on the CPU alone: set device to cpu.")
    if config.parts % exchange.size:
        raise StageError(
            f"{exchange.size} processes share this training, but sgns.parts is {config.parts}: "
            f"make it {exchange.size}, or a multiple. (It decides the last digits of a result.)"
        )
    return exchange


def threads_of(
    config: SgnsParams, device: Literal["cpu", "cuda"], exchange: Exchange | None
) -> tuple[int, int]:
    """Return how many models are trained at the same time, and how many threads each has.

    What processes exchange is that of one model after the other.
    """
    if device == "cuda":
        return 1, 1
    cores = max(usable_cores() // (exchange.here if exchange else 1), 1)
    at_once = 1 if exchange else min(cores, config.models)
    return at_once, min(cores // at_once, config.parts)


def write(jobs: Sequence[Job], config: SgnsParams, inputs: Inputs, out: Path) -> None:
    """Write the models that were trained to ``out``."""
    with output_folder(out) as new:
        for model, job in enumerate(jobs):
            folder = model_folder(new, model)
            folder.mkdir(exist_ok=True)
            write_vocabulary(folder, inputs.vocabulary)
            digest = save(folder, job.trainer.vectors(), inputs.vocabulary, job.history, config)
            say(f"sgns: vectors of model {model + 1}: sha256 {digest}")


def require_tokens(inputs: Inputs, config: SgnsParams) -> None:
    """Raise StageError if an epoch is not even expected to have two tokens to make a pair of."""
    counts = inputs.vocabulary.counts
    if counts @ keep_probability(counts, config.subsample) < 2:
        raise StageError(
            f"sgns.subsample is {config.subsample:g}, which leaves no pair of words of the "
            "text to learn from; raise it, or set it to 0 to keep every word."
        )


def jobs_of(
    params: Settings,
    config: SgnsParams,
    inputs: Inputs,
    checkpoints: Path,
    teams: Sequence[Team],
) -> list[Job]:
    """Return what there is to train, from the checkpoints in a folder; sweep it of all others.

    Raises:
        StageError: another process of the training has other inputs.
    """
    data = inputs.train, inputs.validation, inputs.vocabulary.counts, config
    seed, exchange = params.seed, teams[0].exchange
    paths = [
        checkpoints / checkpoint_name(*data, seed=seed, model=model, device=team.device)
        for model, team in enumerate(teams)
    ]
    if exchange:
        exchange.require_same([path.name for path in paths])
    if exchange is None or exchange.rank == 0:
        sweep_old(checkpoints)
        sweep(checkpoints, paths)
    jobs = []
    for model, (path, team) in enumerate(zip(paths, teams, strict=True)):
        trainer = Trainer(*data, seed=seed, model=model, team=team)
        jobs.append(_from_checkpoint(model, path, trainer, exchange))
    return jobs


def _from_checkpoint(model: int, path: Path, trainer: Trainer, exchange: Exchange | None) -> Job:
    """Return a job that goes on from a checkpoint, if there is one, and keeps new ones there."""
    learner = trainer.learner
    history: list[Epoch] = []
    save: Callable[[Sequence[Epoch]], None] = _ignore
    if exchange is None or exchange.rank == 0:
        history = load_checkpoint(path, learner)
        if history:
            say(f"sgns: model {model + 1} goes on after epoch {history[-1].epoch}, from {path}")
        save = partial(save_checkpoint, path, learner)
    if exchange:
        about = json.dumps([learner.steps, [asdict(epoch) for epoch in history]])
        state = learner.state()
        steps, lines = json.loads(exchange.from_first(about, state.values()))
        learner.load(state, steps)
        history = [epoch_of(**line) for line in lines]
    return Job(trainer, history, save)


def _ignore(history: Sequence[Epoch]) -> None:
    """Save nothing."""


def say_epoch(model: int, epoch: Epoch) -> None:
    """Say the losses of a model's epoch in a line."""
    say(f"sgns: {describe(model, epoch)}")


def describe(model: int, epoch: Epoch) -> str:
    """Return the losses of a model's epoch in a line."""
    trained = "" if epoch.train is None else f"train {_measured(epoch.train)}, "
    return (
        f"model {model + 1}, epoch {epoch.epoch}: {trained}validation {_measured(epoch.validation)}"
    )


def _measured(loss: Loss) -> str:
    return f"{loss.total:.4f}" if loss.pairs else "not measured (no pair)"


def verify(params: Settings, config: SgnsParams, inputs: Inputs) -> None:
    """Train twice, side by side; raise StageError if a byte differs."""
    data = inputs.train, inputs.validation, inputs.vocabulary.counts, config
    team = Team(device=chosen_device(params.device))
    trainers = [Trainer(*data, seed=params.seed, team=team) for _ in range(2)]
    train_together([Job(trainer, [], _ignore) for trainer in trainers], 2, None)
    digests = {sha256(b"".join(v.tobytes() for v in trainer.vectors())) for trainer in trainers}
    if len(digests) > 1:
        raise StageError("two trainings gave different vectors; please report this as a fault.")
    say(f"sgns: R={config.R} K={config.K}, twice the same vectors: sha256 {digests.pop()}")
