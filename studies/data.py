"""``python -m studies.data make TASK``: one task's text as the pipeline's own stages make it.

``python -m studies.data stale`` prints the tasks whose data are no more what ``make`` would write:
DVC cannot see ``W2V_DATA_DIR``.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.core.atomic import output_folder, write_bytes
from stages.core.console import StageError, run_stage
from stages.download.sources import local_root
from stages.texts.raw import MANIFEST
from studies.params import TaskParams, load_studies
from studies.workspace import DATA, TASKS, Workspace, workspace

MANIFESTS = Path("studies/manifests")
OTHER_DATA = 3  # with which `stages.download current` says so


@contextmanager
def of_task(task: str, own: TaskParams, data: Path | None = None) -> Iterator[Workspace]:
    """Yield a workspace whose texts are the main experiment's and a task's."""
    changes = {"data.validation": own.validation, "tokenize.max_length": own.max_length}
    with workspace(f"data-{task}", changes, data) as place:
        place.bring(task, local_root() / task)
        yield place


def make(task: str, own: TaskParams) -> None:
    """Write ``studies/data/TASK`` and, of small size and for Git, its manifest."""
    with of_task(task, own) as place:
        place.run("stages.download")
        place.run("stages.tokenize")
        with output_folder(TASKS / task) as folder:
            shutil.copytree(place.root / DATA, folder, dirs_exist_ok=True)
        write_bytes(MANIFESTS / f"{task}.json", (place.root / MANIFEST).read_bytes())


def is_stale(task: str, own: TaskParams) -> bool:
    """Whether a task was read before and has other rows now."""
    if not (TASKS / task).exists():
        return False
    with of_task(task, own, TASKS / task) as place:
        return place.run("stages.download", "current", also=OTHER_DATA) == OTHER_DATA


def main() -> None:
    """Make a task's data, or tell which are stale."""
    tasks = load_studies().travel.tasks
    match sys.argv[1:]:
        case ["make", task] if task in tasks:
            make(task, tasks[task])
        case ["stale"]:
            print("\n".join(task for task, own in tasks.items() if is_stale(task, own)))
        case _:
            raise StageError(f"Name one: stale, or make and one of {', '.join(tasks)}.")


if __name__ == "__main__":
    run_stage("studies.data", main)
