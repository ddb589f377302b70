"""``python -m studies.text``: how much text does it take?

SGNS learns from a part of the main text's rows (paragraphs), chosen at random so that a smaller
part is in every larger one, and kept in their order. Windows never cross a row, so a row is the
unit that training knows. Both arms know the words of that part, by the same rule. Of the whole
text, the main experiment has the results.
"""

from collections.abc import Sequence

import numpy as np

from stages.ablation.cell import Cell
from stages.core.atomic import read_lines, write_text
from stages.core.console import run_stage
from stages.core.params import PositiveInt, Section
from stages.core.randomness import stream
from stages.results.methods import VANILLA, WORD2VEC
from stages.texts.raw import RAW_DOWNSTREAM, RAW_PRETRAIN
from stages.vectors.vectors import SGNS_MAIN
from studies.classifiers import classify
from studies.data import main_text
from studies.home import home_task, results_at
from studies.params import TextParams, load_studies
from studies.runs import PART, PRETRAIN, Runs
from studies.saved import saved
from studies.vectors import train_best
from studies.workspace import LABELS, TEXT, Workspace, workspace

TRAIN = RAW_PRETRAIN / "train.txt"
ARMS = (WORD2VEC, VANILLA)
ROWS = "text.rows"  # random stream


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    runs: PositiveInt
    text: TextParams


def part_of(rows: list[str], part: int, seed: int = 0) -> list[str]:
    """Return one row in ``part``, at random, in their order; those of part 2 n are in those of n.

    Rows without a word count too: they are spread over all the text alike.
    """
    order = stream(ROWS, seed).permutation(len(rows))
    return [rows[i] for i in np.sort(order[: -(-len(rows) // part)])]


def measure(params: TextParams, runs: int, part: int, epochs: Sequence[int]) -> Runs:
    """Learn from a part of the text, and return the runs of both arms."""
    main = saved(SGNS_MAIN)
    changes = {
        "data.source": "local",
        "data.pretrain.name": TEXT,
        "data.downstream.name": LABELS,
        "classify.runs": runs,
    }
    with workspace(f"text-{part}", changes) as place:
        bring(place, part)
        place.run("stages.download")
        place.run("stages.tokenize")
        cell = Cell(main.R, main.K)
        folder = train_best(place, PRETRAIN, cell, epochs=epochs, models=params.models)
        trained = saved(folder, part=part)
        found = classify(place, home_task(), ARMS, params.budget, trained)
    return of_part(found, part)


def of_part(runs: Runs, part: int) -> Runs:
    """Return runs, vanilla's too, as those of a part, whose words both arms know."""
    return Runs(runs.lines.assign(**{PART: part}), runs.correct)


def bring(place: Workspace, part: int) -> None:
    """Give a workspace a part of the main text, and the main experiment's labelled rows."""
    main_text(place)
    train = place.texts / TEXT / "train.txt"
    train.unlink()  # a link
    chosen = part_of(read_lines(TRAIN), part)
    write_text(train, "".join(f"{row}\n" for row in chosen))
    (place.texts / LABELS).symlink_to(RAW_DOWNSTREAM.resolve(), target_is_directory=True)


def main() -> None:
    """Measure every part."""
    params = load_studies(Settings)
    runs = [measure(params.text, params.runs, of.part, of.epochs) for of in params.text.parts]
    runs.append(of_part(results_at(home_task(), params.text.budget, ARMS), 1))
    Runs.joined(runs).save("text")


if __name__ == "__main__":
    run_stage("studies.text", main)
