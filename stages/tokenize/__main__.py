"""``python -m stages.tokenize``: clean, split, count and encode both data sets."""

import argparse

from stages.core.console import run_stage
from stages.core.params import load_sections
from stages.tokenize.params import Settings
from stages.tokenize.stage import tokenize


def main() -> None:
    """Run the stage; it has no arguments but ``--help``."""
    argparse.ArgumentParser(
        prog="python -m stages.tokenize",
        description="Clean, split, count and encode data/raw as params.yaml says, to data/tokens.",
    ).parse_args()
    tokenize(load_sections(Settings))


if __name__ == "__main__":
    run_stage("tokenize", main)
