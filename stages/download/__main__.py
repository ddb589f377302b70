"""``python -m stages.download``: fetch, check and write the data sets.

``python -m stages.download current`` exits 0 if ``data/raw`` is what a run would make now, 3 if it
is not, and 1 where that cannot be told: DVC cannot see an environment variable or the Hub, so
``make repro`` asks this first.
"""

import argparse
import sys

from stages.core.console import run_stage
from stages.core.params import Section, load_sections
from stages.download.sources import choose_source, load
from stages.download.stage import is_current, write
from stages.texts.params import DataParams


class Settings(Section):
    """What this stage reads of ``params.yaml``."""

    data: DataParams


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.download", description="Fetch, check and write the data sets."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("make", help="write data/raw (what is done without a command)")
    commands.add_parser("current", help="exit 0 if data/raw is what a run would write now, else 3")
    return parser.parse_args()


def main() -> None:
    """Run the stage, or answer ``current``."""
    options = arguments()
    params = load_sections(Settings).data
    if options.command == "current":
        sys.exit(0 if is_current(params) else 3)
    write(load(params, choose_source(params)), params)


if __name__ == "__main__":
    run_stage("download", main)
