"""``python -m stages.sgns train --R 5 --K 1 --out models/sgns/main``: train and save a model.

``python -m stages.sgns verify``: train twice and compare.
"""

import argparse
from pathlib import Path

from stages.ablation.cell import Cell
from stages.core.console import run_stage
from stages.core.params import load_sections, parse
from stages.sgns import launch
from stages.sgns.inputs import read_inputs
from stages.sgns.params import Settings, SgnsParams

GIVEN = ("R", "K", "corpus", "models", "objective")  # of ``sgns``, on the command line


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.sgns", description="Word vectors by SGNS."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train models and save them")
    train.add_argument("--out", type=Path, required=True, help="folder to write")
    verify = commands.add_parser("verify", help="train twice and compare, byte by byte")
    for command in (train, verify):
        command.add_argument("--R", type=int, help="context radius (default: sgns.R)")
        command.add_argument("--K", type=int, help="negatives per positive (default: sgns.K)")
        command.add_argument("--cell", help="both by name: R5-K1 is short for --R 5 --K 1")
        command.add_argument("--corpus", help="text to learn from (default: sgns.corpus)")
        command.add_argument("--models", type=int, help="how many (default: sgns.models)")
        command.add_argument("--objective", help="nce or infonce (default: sgns.objective)")
    return parser.parse_args()


def with_configuration(params: Settings, options: argparse.Namespace) -> SgnsParams:
    """Return ``params.sgns`` with what the command line changes; raises StageError if wrong."""
    given = {name: getattr(options, name) for name in GIVEN}
    if options.cell is not None:
        given |= Cell.of(options.cell)._asdict()
    # What is given is not read: a stage does not depend on it.
    changed = {
        name: getattr(params.sgns, name) if given.get(name) is None else given[name]
        for name in SgnsParams.model_fields
    }
    whole = {"seed": params.seed, "device": params.device, "sgns": changed}
    return parse(Settings, whole, "the command line").sgns


def main() -> None:
    """Run the stage, or verify that it gives the same bytes."""
    options = arguments()
    params = load_sections(Settings)
    config = with_configuration(params, options)
    if options.command == "train" and launch.wanted():
        launch.launch()
        return
    inputs = read_inputs(config.corpus)
    # Torch takes seconds to import: only now, when parameters and inputs are known to be good.
    from stages.sgns.stage import train, verify

    if options.command == "train":
        train(params, config, inputs, options.out)
    else:
        verify(params, config, inputs)


if __name__ == "__main__":
    run_stage("sgns", main)
