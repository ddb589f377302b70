"""Training the models of one R and K on a corpus: from checkpoints, to files."""

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
    forget,
    load_checkpoint,
    save_checkpoint,
    sweep,
    sweep_old,
)
from stages.sgns.export import save
from stages.sgns.inputs import Inputs
from stages.sgns.params import Settings, SgnsParams
from stages.sgns.resources import require_memory
from stages.sgns.together import Job, train_together
from stages.sgns.trainer import Epoch, Loss, Trainer
from stages.vectors.tokens import write_vocabulary
from stages.vectors.vectors import model_folder


def train(params: Settings, config: SgnsParams, inputs: Inputs, out: Path) -> None:
    """Train the models, each from its checkpoint if there is one, and write them to ``out``.

    Raises:
        StageError: the machine has too little memory, subsampling leaves no text, or SGNS has
            diverged.
    """
    require_tokens(inputs, config)
    device = chosen_device(params.device)
    most = farthest(inputs.train, inputs.validation)
    memory = require_memory(len(inputs.vocabulary), config, device, most)
    say(
        f"sgns: R={config.R} K={config.K} on {config.corpus}, models: {config.models}, "
        f"{len(inputs.vocabulary):,} words, on {device}; {memory}"
    )
    checkpoints = checkpoint_folder(out)
    sweep_old(checkpoints)
    jobs = jobs_of(params, config, inputs, checkpoints, device)
    threads = usable_cores() if device == "cpu" else 1
    train_together(jobs, threads, lambda model, epoch: say(f"sgns: {describe(model, epoch)}"))
    with output_folder(out) as new:
        for model, job in enumerate(jobs):
            folder = model_folder(new, model)
            folder.mkdir(exist_ok=True)
            write_vocabulary(folder, inputs.vocabulary)
            digest = save(folder, job.trainer.vectors(), inputs.vocabulary, job.history, config)
            say(f"sgns: vectors of model {model + 1}: sha256 {digest}")
    forget(checkpoints)


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
    device: Literal["cpu", "cuda"],
) -> list[Job]:
    """Return what there is to train, from the checkpoints in a folder; sweep it of all others."""
    data = inputs.train, inputs.validation, inputs.vocabulary.counts, config
    seed = params.seed
    paths = [
        checkpoints / checkpoint_name(*data, seed=seed, model=model, device=device)
        for model in range(config.models)
    ]
    sweep(checkpoints, paths)
    jobs = []
    for model, path in enumerate(paths):
        trainer = Trainer(*data, seed=seed, model=model, device=device)
        history = load_checkpoint(path, trainer.learner)
        if history:
            epoch = history[-1].epoch
            say(f"sgns: model {model + 1} goes on after epoch {epoch}, from {path}")
        jobs.append(Job(trainer, history, partial(save_checkpoint, path, trainer.learner)))
    return jobs


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
    device = chosen_device(params.device)
    trainers = [Trainer(*data, seed=params.seed, device=device) for _ in range(2)]
    train_together([Job(trainer, [], lambda _: None) for trainer in trainers], 2, lambda *_: None)
    digests = {sha256(b"".join(v.tobytes() for v in trainer.vectors())) for trainer in trainers}
    if len(digests) > 1:
        raise StageError("two trainings gave different vectors; please report this as a fault.")
    say(f"sgns: R={config.R} K={config.K}, twice the same vectors: sha256 {digests.pop()}")
