"""The screens that the pages in ``docs`` show: ``python -m benchmarks.screens HEAD NAME``.

Of ``dvc plots diff`` between two revisions, and of the HTML report in Chromium.
"""

import argparse
import io
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import vl_convert
from PIL import Image

from stages.console import StageError, run_stage
from stages.files.atomic import require
from stages.files.plots import PLOTS

FOLDER = Path(__file__).parent
SHOWN = ("Test accuracy by number of labels", "SGNS loss per positive pair")


def plots_diff(revisions: list[str]) -> Image.Image:
    """Return what ``dvc plots diff`` draws of SHOWN, side by side."""
    command = ["dvc", "plots", "diff", "--json", *revisions]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise StageError(f"{' '.join(command)} failed: {done.stderr.strip().splitlines()[-1]}")
    plots = json.loads(done.stdout)["data"]
    pictures = [
        Image.open(io.BytesIO(vl_convert.vegalite_to_png(plots[name][0]["content"], "5.20")))
        for name in SHOWN
    ]
    whole = Image.new(
        "RGB", (sum(p.width for p in pictures), max(p.height for p in pictures)), "white"
    )
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width
    return whole


def report() -> Image.Image:
    """Return the first screen of the HTML report."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise StageError("chromium is not installed; it draws the screen of the report.")
    page = require(PLOTS / "report.html", "report").resolve()
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "report.png"
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        options += ["--disable-background-networking", f"--user-data-dir={folder}/profile"]
        options += ["--window-size=1000,1100", f"--screenshot={picture}", page.as_uri()]
        subprocess.run([chromium, *options], check=True, capture_output=True)
        return Image.open(picture).convert("RGB")


def main() -> None:
    """Draw both screens, in few colours so that the files stay small."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revisions", nargs=2, help="what dvc plots diff is to compare")
    options = parser.parse_args()
    for name, picture in (("plots_diff", plots_diff(options.revisions)), ("report", report())):
        picture.quantize(64).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    run_stage("screens", main)
