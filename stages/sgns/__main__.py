"""``python -m stages.sgns --R 5 --K 1 --out models/sgns/main``: train and save one model."""

import argparse
import os
from pathlib import Path

from stages import artifacts
from stages.console import StageError, run_stage, say
from stages.params import Params, SgnsParams, load_params


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.sgns", description=__doc__)
    parser.add_argument("--R", type=int, required=True, help="context radius, at least 1")
    parser.add_argument("--K", type=int, required=True, help="negatives per positive, at least 1")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    return parser.parse_args()


def with_configuration(params: Params, radius: int, negatives: int) -> SgnsParams:
    """Return ``params.sgns`` with this R and K; raises StageError if one is below 1."""
    for name, value in (("R", radius), ("K", negatives)):
        if value < 1:
            raise StageError(f"--{name} is {value}, but must be at least 1.")
    return params.sgns.model_copy(update={"R": radius, "K": negatives})


def main() -> None:
    """Run the stage."""
    options = arguments()
    params = load_params()
    config = with_configuration(params, options.R, options.K)
    folder = artifacts.TOKENS / "pretrain"
    vocabulary = artifacts.read_vocabulary("pretrain")
    train, valid = (artifacts.read_token_rows(folder, split) for split in ("train", "valid"))

    # A thread that waits for the others spins before it sleeps. On a machine that runs something
    # else too, the default spin takes the processor from those it waits for: training was 2.6
    # times slower there, and no slower elsewhere. GNU OpenMP reads this when torch loads it.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    # Torch takes seconds to import: only now, when parameters and inputs are known to be good.
    from stages.device import choose_device
    from stages.sgns.export import save
    from stages.sgns.trainer import Trainer

    device = choose_device(params.device)
    say(f"sgns: R={config.R} K={config.K}, {len(vocabulary):,} words, on {device.type}")
    trainer = Trainer(train, valid, vocabulary.counts, config, seed=params.seed, device=device)
    history = []
    for epoch in trainer.run():
        history.append(epoch)
        loss = "" if epoch.train is None else f"train {epoch.train.total:.4f}, "
        say(f"sgns: epoch {epoch.epoch}: {loss}validation {epoch.validation.total:.4f}")
    with artifacts.output_folder(options.out) as partial:
        digest = save(partial, trainer.vectors(), vocabulary, history, config)
    say(f"sgns: vectors sha256 {digest}")


if __name__ == "__main__":
    run_stage("sgns", main)
