"""``python -m stages.report``: everything in ``plots``.

``python -m stages.report show``: the results and verdicts in it, on a terminal.
"""

import argparse

from stages.check.whole import load_params
from stages.core.console import run_stage


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.report", description="Tables, data series, metrics and figures."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("make", help="write everything in plots (what is done without a command)")
    show = commands.add_parser("show", help="print the results and the claims' verdicts")
    show.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def main() -> None:
    """Run the stage, or show what it made."""
    options = arguments()
    if options.command == "show":
        from stages.report.show import show_results

        show_results(as_json=options.json)
    else:
        params = load_params()
        # Libraries for figures are slow to import: only now, when parameters are known to be good.
        from stages.report.stage import make

        make(params)


if __name__ == "__main__":
    run_stage("report", main)
