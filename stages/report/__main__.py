"""``python -m stages.report``: everything in ``plots``.

``python -m stages.report show``: the results and verdicts in it, on a terminal.
"""

import argparse

from stages.console import run_stage, say
from stages.files.atomic import output_folder, read_json, write_json, write_text
from stages.files.plots import PLOTS
from stages.files.raw import MANIFEST
from stages.files.tokens import STATISTICS
from stages.params.whole import load_params


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


def make() -> None:
    """Write everything in ``plots``."""
    params = load_params()
    manifest = read_json(MANIFEST, "download")
    statistics = read_json(STATISTICS, "tokenize")
    # Libraries for figures are slow to import: only now, when parameters are known to be good.
    from stages.report import lens, page, tables
    from stages.report.claims import claims_table
    from stages.report.metrics import headline_metrics
    from stages.report.pictures import all_pictures
    from stages.report.series import all_series
    from stages.report.style import Drawn
    from stages.report.summary import markdown

    loaded = tables.load(params)
    metrics = headline_metrics(loaded, params)
    shown = all_pictures(loaded, params, manifest["title"])
    pictures = [(picture, Drawn.of(picture.figure)) for picture in shown]
    with output_folder(PLOTS) as folder:
        loaded.write(folder)
        for name, table in all_series(loaded, params).items():
            tables.write_table(folder / f"{name}.csv", table)
        for picture, drawn in pictures:
            drawn.save(folder, picture.name)
        tables.write_table(folder / "claims.csv", claims_table(loaded, params))
        tables.write_table(folder / "lens.csv", lens.cells(loaded))
        tables.write_table(folder / "lens_and_accuracy.csv", lens.relations(loaded))
        for name, text in markdown(loaded, params, manifest["title"]).items():
            write_text(folder / f"{name}.md", text)
        report = page.render(loaded, params, manifest, statistics, pictures)
        write_text(folder / "report.html", report)
        write_json(folder / "data.json", {"raw": manifest, "tokens": statistics})
        write_json(folder / "metrics.json", metrics)
    if metrics["grid_reproduces_main"] is False:
        say(
            "report: WARNING: the grid's cell at the main R and K differs from models/sgns/main: "
            "this machine does not train the same vectors twice."
        )
    for budget, gain in metrics["gain_over_vanilla_points"].items():
        accuracy = metrics["word2vec_test_accuracy"][budget]
        say(f"report: {budget} labels: word2vec {accuracy:.4f}, {gain:+.2f} points over vanilla")


def main() -> None:
    """Run the stage, or show what it made."""
    options = arguments()
    if options.command == "show":
        from stages.report.show import show_results

        show_results(as_json=options.json)
    else:
        make()


if __name__ == "__main__":
    run_stage("report", main)
