"""Which stage makes a file, and what is said of one that is missing or damaged.

Only files of the user's own are made by no stage.
"""

from pathlib import Path

from stages.core.console import StageError

MADE = {  # the longest counts, wherever below here it is: a study has project folders of its own
    "data/raw": "download",
    "data/tokens": "tokenize",
    "models/sgns/main": "sgns",
    "models/sgns/grid": "sgns-grid",
    "models/sgns/variant": "sgns-variant",
    "models/lens/main": "lens",
    "models/lens/grid": "lens-grid",
    "models/classify": "classify",
    "models/classify/baseline": "classify-baseline",
    "models/classify/grid": "classify-grid",
    "models/classify/usual": "classify-usual",
    "models/classify/usual/baseline": "classify-usual-baseline",
    "models/classify/variant": "classify-variant",
    "models/explore": "explore",
    "models/export": "export",
    "plots": "report",
    "studies/correct": "studies/dvc.yaml",
    "studies/results": "studies/dvc.yaml",
    "studies/vectors": "studies/dvc.yaml",
}
SEE = '(see "Vectors of your own" in docs/data.md)'
BRING = f"no stage makes it, so bring a whole one {SEE}"


def stage_of(path: Path) -> str | None:
    """Return the stage that makes a file or folder; None if it is of the user's own."""
    here, whole = f"{Path.cwd().as_posix()}/", f"{path.absolute().as_posix()}/"
    if not whole.startswith(here):
        return None
    whole = f"/{whole.removeprefix(here)}"
    return MADE.get(max((made for made in MADE if f"/{made}/" in whole), key=len, default=""))


def missing(path: Path) -> StageError:
    """Return the error for a file that is not there."""
    return StageError(f"{path} is missing; {remedy(path, 'make it', BRING)}")


def damaged(path: Path) -> StageError:
    """Return the error for a file that does not hold what was written into it."""
    return StageError(f"{path} is damaged; {remedy(path, 'make it again', BRING)}")


def unfit(where: str, wrong: str) -> StageError:
    """Return the error for a file of the user's own that is whole, but not as it must be."""
    return StageError(f"{where} {wrong} {SEE}.")


def remedy(path: Path, make: str, bring: str) -> str:
    """Return the command that makes a file; of a user's own, what to ``bring``."""
    stage = stage_of(path)
    return f"{make} with: dvc repro {stage}" if stage else bring
