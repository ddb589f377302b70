"""``python -m stages.sgns train --R 5 --K 1 --out models/sgns/main``: train and save a model.

``python -m stages.sgns verify``: train twice, in one process and in two, and compare.
``python -m stages.sgns neighbours WORD``: the words whose vectors are nearest.
"""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stages import artifacts
from stages.console import StageError, run_stage, say
from stages.params import Params, SgnsParams, load_params, parse_params

if TYPE_CHECKING:
    from stages.sgns.together import Job
    from stages.sgns.trainer import Epoch, Trainer


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.sgns", description="Word vectors by SGNS."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train a model and save it")
    train.add_argument("--out", type=Path, required=True, help="folder to write")
    verify = commands.add_parser("verify", help="train twice and compare, byte by byte")
    for command in (train, verify):
        command.add_argument("--R", type=int, help="context radius (default: sgns.R)")
        command.add_argument("--K", type=int, help="negatives per positive (default: sgns.K)")
        command.add_argument("--corpus", help="text to learn from (default: sgns.corpus)")
        command.add_argument("--objective", help="nce or infonce (default: sgns.objective)")
    near = commands.add_parser("neighbours", help="the words whose vectors are nearest")
    near.add_argument("words", nargs="+", metavar="WORD")
    near.add_argument("-n", type=int, default=10, help="neighbours of each word (default: 10)")
    near.add_argument("--model", type=Path, default=artifacts.SGNS_MAIN, help="folder of vectors")
    near.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def with_configuration(params: Params, options: argparse.Namespace) -> SgnsParams:
    """Return ``params.sgns`` with what the command line changes; raises StageError if wrong."""
    given = {name: getattr(options, name) for name in ("R", "K", "corpus", "objective")}
    given = {name: value for name, value in given.items() if value is not None}
    changed = params.model_dump() | {"sgns": params.sgns.model_dump() | given}
    return parse_params(changed, "the command line").sgns


class Inputs:
    """The pipeline's tokens, and trainers on them."""

    def __init__(self, params: Params, config: SgnsParams, cores: int | None = None) -> None:
        """Read the inputs; raises StageError if one is missing or the memory too small.

        Args:
            params: all parameters.
            config: with the R and K to train.
            cores: processes to train in; default: as many as cores.
        """
        folder = artifacts.TOKENS / config.corpus
        self.vocabulary = artifacts.read_vocabulary(folder, "tokenize")
        train, valid = (artifacts.read_token_rows(folder, split) for split in ("train", "valid"))
        self.splits = train, valid
        self._seed, self._config = params.seed, config
        # Torch takes seconds to import: only now, when parameters and inputs are known good.
        from stages.device import choose_device, keep_freed_memory
        from stages.sgns.resources import require_memory
        from stages.sgns.together import cores_for

        self.device = choose_device(params.device)
        self.cores = cores_for(self.device, cores)
        self.memory = require_memory(len(self.vocabulary), config, self.device, self.cores)
        keep_freed_memory()

    def trainer(self, model: int = 0) -> "Trainer":
        """Return a trainer of one of the models, at its start."""
        from stages.sgns.trainer import Trainer

        return Trainer(
            *self.splits,
            self.vocabulary.counts,
            self._config,
            seed=self._seed,
            model=model,
            device=self.device,
        )

    def checkpoint_name(self, model: int) -> str:
        """Return the name of a model's checkpoint."""
        from stages.sgns.checkpoint import checkpoint_name

        return checkpoint_name(
            *self.splits,
            self.vocabulary.counts,
            self._config,
            seed=self._seed,
            model=model,
            device=self.device,
        )


def train(options: argparse.Namespace) -> None:
    """Train the models of one R and K, each from its checkpoint if there is one; save them."""
    params = load_params()
    config = with_configuration(params, options)
    inputs = Inputs(params, config)
    say(
        f"sgns: R={config.R} K={config.K} on {config.corpus}, models: {config.seeds}, "
        f"{len(inputs.vocabulary):,} words, on {inputs.device.type}; {inputs.memory}"
    )
    from stages.sgns.checkpoint import checkpoint_folder, forget
    from stages.sgns.together import train_together

    checkpoints = checkpoint_folder(options.out)
    jobs = jobs_of(inputs, config.seeds, checkpoints)
    train_together(jobs, inputs.cores, lambda model, epoch: say(f"sgns: {describe(model, epoch)}"))
    from stages.sgns.diagnostics import (
        Lens,
        write_diagnostics,
        write_neighbours,
        write_scores,
    )
    from stages.sgns.export import save
    from stages.sgns.lens import stability

    first = jobs[0].trainer
    lens = Lens(*inputs.splits, inputs.vocabulary.counts, config, seed=params.seed)
    seen = [lens.look_at(*job.trainer.vectors(), job.history) for job in jobs]
    overlap = stability([job.trainer.vectors()[0] for job in jobs])
    with artifacts.output_folder(options.out) as new:
        write_diagnostics(new, seen, overlap)
        write_scores(new, lens.some_scores(*first.vectors()))
        write_neighbours(new, inputs.vocabulary, first.vectors()[0])
        for model, job in enumerate(jobs):
            folder = artifacts.model_folder(new, model)
            folder.mkdir(exist_ok=True)
            artifacts.write_vocabulary(folder, inputs.vocabulary)
            digest = save(folder, job.trainer.vectors(), inputs.vocabulary, job.history, config)
            say(f"sgns: vectors of model {model + 1}: sha256 {digest}")
    forget(checkpoints)


def jobs_of(inputs: Inputs, models: int, checkpoints: Path) -> list["Job"]:
    """Return what there is to train, from the checkpoints in a folder; sweep it of all others."""
    from stages.sgns.checkpoint import load_checkpoint, save_checkpoint, sweep
    from stages.sgns.together import Job

    paths = [checkpoints / inputs.checkpoint_name(model) for model in range(models)]
    sweep(checkpoints, paths)
    jobs = []
    for model, path in enumerate(paths):
        trainer = inputs.trainer(model)
        history = load_checkpoint(path, trainer.model)
        if history:
            epoch = history[-1].epoch
            say(f"sgns: model {model + 1} goes on after epoch {epoch}, from {path}")
        jobs.append(Job(trainer, history, partial(save_checkpoint, path, trainer.model)))
    return jobs


def describe(model: int, epoch: "Epoch") -> str:
    """Return the losses of a model's epoch in a line."""
    trained = "" if epoch.train is None else f"train {epoch.train.total:.4f}, "
    return (
        f"model {model + 1}, epoch {epoch.epoch}: {trained}validation {epoch.validation.total:.4f}"
    )


def verify(options: argparse.Namespace) -> None:
    """Train twice, in one process and in a process a lane; raise if a byte differs."""
    params = load_params()
    config = with_configuration(params, options)
    digests = []
    for processes in (1, 2):
        inputs = Inputs(params, config, processes)
        from stages.sgns.together import Job, train_together

        trainer = inputs.trainer()
        train_together([Job(trainer, [], lambda _: None)], inputs.cores, lambda *_: None)
        digests.append(digest_of(trainer))
        say(f"sgns: R={config.R} K={config.K}, {inputs.cores} process(es): sha256 {digests[-1]}")
    if len(set(digests)) > 1:
        raise StageError("two trainings gave different vectors; please report this as a fault.")
    say("sgns: the vectors are the same, byte by byte.")


def neighbours(options: argparse.Namespace) -> None:
    """Print nearest words; this needs no torch."""
    from stages.sgns.neighbours import show_neighbours

    show_neighbours(options.model, options.words, options.n, options.json)


def digest_of(trainer: "Trainer") -> str:
    """Return the SHA-256 of centre and context vectors."""
    centre, context = trainer.vectors()
    return artifacts.sha256(centre.tobytes() + context.tobytes())


def main() -> None:
    """Run the stage."""
    options = arguments()
    {"train": train, "verify": verify, "neighbours": neighbours}[options.command](options)


if __name__ == "__main__":
    run_stage("sgns", main)
