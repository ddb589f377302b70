"""From all results to ``plots``: find what they say, then write, draw and tell it."""

from collections.abc import Mapping
from typing import Any

from stages.check.whole import Params
from stages.core.atomic import output_folder, write_json, write_text
from stages.core.console import say
from stages.report import page, tables
from stages.report.findings import find
from stages.report.pictures import all_pictures
from stages.report.show import PLOTS
from stages.report.style import Drawn
from stages.report.summary import markdown
from stages.texts.raw import read_manifest
from stages.vectors.tokens import read_statistics


def make(params: Params) -> None:
    """Write everything in ``plots``."""
    manifest = read_manifest()
    statistics = read_statistics()
    found = find(tables.load(params), params)
    shown = all_pictures(found, params, manifest["title"])
    pictures = [(picture, Drawn.of(picture.figure)) for picture in shown]
    with output_folder(PLOTS) as folder:
        found.write(folder)
        for picture, drawn in pictures:
            drawn.save(folder, picture.name)
        for name, text in markdown(found, params, manifest["title"]).items():
            write_text(folder / f"{name}.md", text)
        report = page.render(found, params, manifest, statistics, pictures)
        write_text(folder / "report.html", report)
        write_json(folder / "data.json", {"raw": manifest, "tokens": statistics})
    print_headline(found.metrics)


def print_headline(metrics: Mapping[str, Any]) -> None:
    """Print the headline, and a warning where the machine does not repeat itself."""
    if metrics["grid_reproduces_main"] is False:
        say(
            "report: WARNING: the grid's cell at the main R and K differs from models/sgns/main: "
            "this machine does not train the same vectors twice."
        )
    for budget, gain in metrics["gain_over_vanilla_points"].items():
        accuracy = metrics["word2vec_test_accuracy"][budget]
        say(f"report: {budget} labels: word2vec {accuracy:.4f}, {gain:+.2f} points over vanilla")
