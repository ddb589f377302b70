"""``python -m studies.data make TASK``: one task's text as the pipeline's own stages make it.

``python -m studies.data stale`` prints the tasks whose data are no more what ``make`` would write:
DVC cannot see ``W2V_DATA_DIR``.
"""

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.core.atomic import output_folder, require, write_bytes
from stages.core.console import StageError, run_stage
from stages.core.params import Section
from stages.download.sources import local_root
from stages.texts.raw import MANIFEST, RAW_PRETRAIN
from studies.params import TravelParams, load_studies
from studies.workspace import DATA, TASKS, TEXT, Workspace, workspace

MANIFESTS = Path("studies/manifests")
OTHER_DATA = 3  # with which `stages.download current` says so
FILE_OF_SPLIT = {"train": "train.txt", "validation": "valid.txt", "test": "test.txt"}


class Settings(Section):
    """What this program reads of ``studies/params.yaml``."""

    travel: TravelParams


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m studies.data", description="Tasks' data.")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="fetch and tokenize a task")
    make.add_argument("task", help="a key of travel.tasks")
    commands.add_parser("stale", help="print the tasks whose rows are no more those that were read")
    return parser.parse_args()


@contextmanager
def of_task(task: str, travel: TravelParams, name: str) -> Iterator[Workspace]:
    """Yield a workspace whose texts are the main experiment's and a task's.

    Raises:
        StageError: there is no such task, or ``W2V_DATA_DIR`` does not have it.
    """
    if task not in travel.tasks:
        raise StageError(f"{task} is no key of travel.tasks, which has {', '.join(travel.tasks)}.")
    own = travel.tasks[task]
    changes = {
        "data.source": "local",
        "data.pretrain.name": TEXT,
        "data.downstream.name": task,
        "data.validation": own.validation,
        "tokenize.max_length": own.max_length,
    }
    labels = local_root() / task
    with workspace(name, changes) as place:
        main_text(place)
        (place.texts / task).symlink_to(labels.resolve(), target_is_directory=True)
        yield place


def main_text(place: Workspace) -> None:
    """Give a workspace the text that the main experiment learns from."""
    (place.texts / TEXT).mkdir(parents=True)
    for split, name in FILE_OF_SPLIT.items():
        path = RAW_PRETRAIN / f"{split}.txt"
        if split != "test" or path.exists():
            (place.texts / TEXT / name).symlink_to(require(path).resolve())


def make(task: str, travel: TravelParams) -> None:
    """Write ``studies/data/TASK`` and, of small size and for Git, its manifest."""
    with of_task(task, travel, f"data-{task}") as place:
        place.run("stages.download")
        place.run("stages.tokenize")
        with output_folder(TASKS / task) as folder:
            shutil.copytree(place.root / DATA, folder, dirs_exist_ok=True)
        write_bytes(MANIFESTS / f"{task}.json", (place.root / MANIFEST).read_bytes())


def stale(travel: TravelParams) -> list[str]:
    """Return the tasks that were read before and have other rows now."""
    found = []
    for task in travel.tasks:
        if not (TASKS / task).exists():
            continue
        with of_task(task, travel, f"stale-{task}") as place:
            place.use_data(TASKS / task)
            if place.status("stages.download", "current", also=OTHER_DATA) == OTHER_DATA:
                found.append(task)
    return found


def main() -> None:
    """Make a task's data, or tell which are stale."""
    options = arguments()
    travel = load_studies(Settings).travel
    if options.command == "make":
        make(options.task, travel)
    else:
        print("\n".join(stale(travel)))


if __name__ == "__main__":
    run_stage("studies.data", main)
