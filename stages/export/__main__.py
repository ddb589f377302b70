"""``python -m stages.export``: write the main vectors for other programs; ``show`` says how."""

import argparse

from stages.core.console import run_stage
from stages.export.stage import export, show


def main() -> None:
    """Run the stage, or say what it wrote."""
    parser = argparse.ArgumentParser(prog="python -m stages.export", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["show"], help="how to load what is there")
    show() if parser.parse_args().command else export()


if __name__ == "__main__":
    run_stage("export", main)
