"""``python -m stages.lens look --vectors FOLDER --out FOLDER``: the geometry of saved vectors.

``python -m stages.lens neighbours WORD``: the words whose vectors are nearest.
"""

import argparse
from pathlib import Path

from stages.core.console import run_stage
from stages.core.params import load_sections
from stages.lens.look import look
from stages.lens.neighbours import show_neighbours
from stages.lens.params import Settings
from stages.vectors.vectors import SGNS_MAIN


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.lens", description="What word vectors look like."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    seen = commands.add_parser("look", help="measure the models in a folder of vectors")
    seen.add_argument("--vectors", type=Path, required=True, help="folder that sgns wrote")
    seen.add_argument("--out", type=Path, required=True, help="folder to write")
    near = commands.add_parser("neighbours", help="the words whose vectors are nearest")
    near.add_argument("words", nargs="+", metavar="WORD")
    near.add_argument("-n", type=int, default=10, help="neighbours of each word (default: 10)")
    near.add_argument("--model", type=Path, default=SGNS_MAIN, help="folder of vectors")
    near.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def main() -> None:
    """Run the stage, or print nearest words."""
    options = arguments()
    if options.command == "neighbours":
        show_neighbours(options.model, options.words, options.n, options.json)
        return
    look(options.vectors, options.out, load_sections(Settings).seed)


if __name__ == "__main__":
    run_stage("lens", main)
