"""``python -m studies.summary``: tables, texts and figures of the studies, in ``studies/plots``.

Of those that have been run: what is finished can be shown while others run.

``python -m studies.summary readme`` puts the texts into the pages that show them.
"""

import argparse
from pathlib import Path

from matplotlib.figure import Figure

from stages.core.atomic import output_folder, write_text
from stages.core.console import StageError, run_stage
from stages.report import style
from stages.report.tables import write_table
from studies import figures
from studies.findings import Findings, find
from studies.params import StudyParams, load_studies
from studies.runs import RESULTS
from studies.telling import markdown

PLOTS = Path("studies/plots")
PAGES = {  # where which text is shown
    Path("studies/README.md"): {
        name: PLOTS / f"{name}.md" for name in ("travel", "text", "subwords", "epochs")
    },
    Path("docs/results.md"): {"counts": PLOTS / "counts.md", "tuned": RESULTS / "tuned.md"},
}
LEFT_OUT = "\nWhat was taken:"  # the settings taken by tuning stay in their file


def pictures(found: Findings, params: StudyParams) -> dict[str, Figure]:
    """Return every figure of the studies that have been run, by name of its file."""
    intervals = (
        "Effect, positive where it agrees with the claim, with the interval at the "
        "level at which Holm's procedure tests it; dotted: the smallest of interest."
    )
    runs = f"Mean of {params.runs} runs, 95 % intervals over runs and test rows."
    length = f"Epochs of SGNS, R = {params.epochs.R}, {params.epochs.budget:,} labels"
    share = f"How much text it takes, {params.text.budget:,} labels"
    wanted = {
        "verdicts": ("claims", figures.verdicts, "Which claims hold in which task", intervals),
        "accuracies": ("accuracies", figures.accuracies, "Test accuracy by number of labels", runs),
        "epochs": ("epochs", figures.epochs, length, runs),
        "text": ("text", figures.text, share, runs),
    }
    drawn = {}
    with style.look():
        for name, (table, draw, title, note) in wanted.items():
            if table in found:
                drawn[name] = draw(found[table])
                style.finish(drawn[name], title, note)
    return drawn


def make(params: StudyParams) -> None:
    """Write ``studies/plots``, of the studies that have been run."""
    found = find(params.travel)
    drawn = {name: style.Drawn.of(of) for name, of in pictures(found, params).items()}
    with output_folder(PLOTS) as folder:
        for name, table in found.items():
            write_table(folder / f"{name}.csv", table)
        for name, files in drawn.items():
            files.save(folder, name)
        for name, content in markdown(found, params).items():
            write_text(folder / f"{name}.md", content)


def fill(page: str, texts: dict[str, str], path: Path) -> str:
    """Return a page with these texts between their marks, ``<!-- name -->`` and ``<!-- /name -->``.

    Raises StageError, which names its ``path``, if a text has no place in it.
    """
    for name, content in texts.items():
        before, mark, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not end:
            raise StageError(f"{path} has no place for {name}: <!-- {name} --> <!-- /{name} -->.")
        page = f"{before}{mark}{content}{end}{after}"
    return page


def fill_pages() -> None:
    """Put the texts of the studies that have been run into the pages that show them."""
    if not any(PLOTS.glob("*.md")):
        raise StageError(f"{PLOTS} has no texts; make them with: dvc repro studies/dvc.yaml")
    for page, sources in PAGES.items():
        texts = {
            name: path.read_text(encoding="utf-8").split(LEFT_OUT)[0]
            for name, path in sources.items()
            if path.exists()
        }
        write_text(page, fill(page.read_text(encoding="utf-8"), texts, page))


def main() -> None:
    """Make it all, or fill the pages."""
    parser = argparse.ArgumentParser(prog="python -m studies.summary")
    parser.add_argument("what", nargs="?", choices=("make", "readme"), default="make")
    if parser.parse_args().what == "readme":
        fill_pages()
    else:
        make(load_studies())


if __name__ == "__main__":
    run_stage("studies.summary", main)
