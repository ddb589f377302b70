"""``python -m stages.report``: everything in ``plots``."""

from stages import artifacts
from stages.console import run_stage, say
from stages.params import load_params
from stages.report import lens, tables
from stages.report.claims import claims_table
from stages.report.figures import all_figures
from stages.report.metrics import headline
from stages.report.series import all_series
from stages.report.style import save
from stages.report.summary import markdown


def main() -> None:
    """Run the stage."""
    params = load_params()
    manifest = artifacts.read_json(artifacts.MANIFEST, "download")
    statistics = artifacts.read_json(artifacts.STATISTICS, "tokenize")
    loaded = tables.load(params)
    metrics = headline(loaded, params)
    with artifacts.output_folder(artifacts.PLOTS) as folder:
        loaded.write(folder)
        for name, table in all_series(loaded, params).items():
            tables.write_table(folder / f"{name}.csv", table)
        for name, figure in all_figures(loaded, params, manifest["title"]).items():
            save(figure, folder / f"{name}.png")
        tables.write_table(folder / "claims.csv", claims_table(loaded, params))
        tables.write_table(folder / "lens.csv", lens.cells(loaded))
        tables.write_table(folder / "lens_and_accuracy.csv", lens.relations(loaded))
        artifacts.write_text(folder / "summary.md", markdown(loaded, params, manifest["title"]))
        artifacts.write_json(folder / "data.json", {"raw": manifest, "tokens": statistics})
        artifacts.write_json(folder / "metrics.json", metrics)
    if metrics["grid_reproduces_main"] is False:
        say(
            "report: WARNING: the grid's cell at the main R and K differs from models/sgns/main: "
            "this machine does not train the same vectors twice."
        )
    for budget, gain in metrics["gain_over_vanilla_points"].items():
        accuracy = metrics["word2vec_test_accuracy"][budget]
        say(f"report: {budget} labels: word2vec {accuracy:.4f}, {gain:+.2f} points over vanilla")


if __name__ == "__main__":
    run_stage("report", main)
