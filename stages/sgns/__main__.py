"""``python -m stages.sgns train --R 5 --K 1 --out models/sgns/main``: train and save a model.

``python -m stages.sgns verify``: train twice, with one thread and with all, and compare.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stages.console import StageError, run_stage, say
from stages.files.atomic import output_folder, sha256
from stages.files.tokens import TOKENS, read_texts, read_vocabulary, write_vocabulary
from stages.files.vectors import model_folder
from stages.params.base import load_sections, parse
from stages.params.sgns import SgnsParams
from stages.sgns.settings import Settings

if TYPE_CHECKING:
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
    return parser.parse_args()


def with_configuration(params: Settings, options: argparse.Namespace) -> SgnsParams:
    """Return ``params.sgns`` with what the command line changes; raises StageError if wrong."""
    given = {name: getattr(options, name) for name in ("R", "K", "corpus", "objective")}
    # What is given is not read: a stage does not depend on it.
    changed = {
        name: getattr(params.sgns, name) if given.get(name) is None else given[name]
        for name in SgnsParams.model_fields
    }
    whole = {"seed": params.seed, "device": params.device, "sgns": changed}
    return parse(Settings, whole, "the command line").sgns


class Training:
    """A trainer on the pipeline's tokens, and where its checkpoints lie."""

    def __init__(self, params: Settings, config: SgnsParams, run: int = 0) -> None:
        """Read the inputs; raises StageError if one is missing or the memory too small.

        Args:
            params: all parameters.
            config: with the R and K to train.
            run: which of the models of this R and K.
        """
        folder = TOKENS / config.corpus
        self.vocabulary = read_vocabulary(folder, "tokenize")
        train, valid = (read_texts(folder, split) for split in ("train", "validation"))
        # Torch takes seconds to import: only now, when parameters and inputs are known good.
        from stages.device import choose_device, keep_freed_memory
        from stages.sgns.checkpoint import checkpoint_path
        from stages.sgns.resources import require_memory
        from stages.sgns.trainer import Trainer

        device, counts = choose_device(params.device), self.vocabulary.counts
        self.memory = require_memory(len(counts), config, device)
        keep_freed_memory()
        self.device = device.type
        seed = params.seed * 2**16 + run
        self.splits = train, valid
        self.checkpoint = checkpoint_path(train, valid, counts, config, seed=seed, device=device)
        self.trainer = Trainer(train, valid, counts, config, seed=seed, device=device)


def train(options: argparse.Namespace) -> None:
    """Train the models of one R and K, each from its checkpoint if there is one; save them."""
    params = load_sections(Settings)
    config = with_configuration(params, options)
    jobs = []
    for run in range(config.seeds):
        job = Training(params, config, run)
        say(
            f"sgns: R={config.R} K={config.K} on {config.corpus}, model {run + 1} of "
            f"{config.seeds}, {len(job.vocabulary):,} words, on {job.device}; {job.memory}"
        )
        jobs.append((job, train_one(job)))
    from stages.sgns.export import save

    with output_folder(options.out) as partial:
        for run, (job, history) in enumerate(jobs):
            folder = model_folder(partial, run)
            folder.mkdir(exist_ok=True)
            write_vocabulary(folder, job.vocabulary)
            digest = save(folder, job.trainer.vectors(), job.vocabulary, history, config)
            say(f"sgns: vectors of model {run + 1}: sha256 {digest}")
    for job, _ in jobs:
        job.checkpoint.unlink(missing_ok=True)


def train_one(job: Training) -> list["Epoch"]:
    """Train one model and return its history; a checkpoint is left after every epoch."""
    from stages.sgns.checkpoint import load_checkpoint, save_checkpoint

    history = load_checkpoint(job.checkpoint, job.trainer.model)
    if history:
        say(f"sgns: goes on after epoch {history[-1].epoch}, from {job.checkpoint}")
    for epoch in job.trainer.run(history):
        history.append(epoch)
        save_checkpoint(job.checkpoint, job.trainer.model, history)
        say(f"sgns: {describe(epoch)}")
    return history


def describe(epoch: "Epoch") -> str:
    """Return an epoch's losses in a line."""
    trained = "" if epoch.train is None else f"train {epoch.train.total:.4f}, "
    return f"epoch {epoch.epoch}: {trained}validation {epoch.validation.total:.4f}"


def verify(options: argparse.Namespace) -> None:
    """Train twice, with one thread and with as many as there are; raise if a byte differs."""
    params = load_sections(Settings)
    config = with_configuration(params, options)
    digests = []
    for threads in (1, None):
        trainer = Training(params, config).trainer
        with torch_threads(threads) as number:
            for _ in trainer.run():
                pass
        digests.append(digest_of(trainer))
        say(f"sgns: R={config.R} K={config.K}, {number} thread(s): sha256 {digests[-1]}")
    if len(set(digests)) > 1:
        raise StageError("two trainings gave different vectors; please report this as a fault.")
    say("sgns: the vectors are the same, byte by byte.")


def digest_of(trainer: "Trainer") -> str:
    """Return the SHA-256 of centre and context vectors."""
    centre, context = trainer.vectors()
    return sha256(centre.tobytes() + context.tobytes())


@contextmanager
def torch_threads(number: int | None) -> Iterator[int]:
    """Let torch use so many threads, or as many as it would (at least two); yield the number."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number or max(before, 2))
    yield torch.get_num_threads()
    torch.set_num_threads(before)


def main() -> None:
    """Run the stage."""
    options = arguments()
    {"train": train, "verify": verify}[options.command](options)


if __name__ == "__main__":
    run_stage("sgns", main)
