"""The downstream experiment in a workspace."""

from collections.abc import Sequence
from itertools import count

from studies.runs import Runs, Trained, read_classified
from studies.workspace import Workspace

_numbers = count()  # of output folders, for names that no two have


def classify(
    place: Workspace, task: str, methods: Sequence[str], budget: int, trained: Trained
) -> Runs:
    """Train classifiers by some methods at one label budget.

    trained: what those that read vectors start from; the others' random rows are for the words
    of the text ``pretrain``.
    """
    out = f"models/classify/{next(_numbers)}"
    place.run(
        "stages.classify", "train", "--methods", *methods, "--corpus", "pretrain",
        "--dim", place.params["sgns"]["dim"], "--vectors", trained.folder.resolve(),
        "--budget", budget, "--out", out,
    )  # fmt: skip
    return read_classified(place.root / out, task, trained, place.params["tokenize"]["kind"])
