"""``python -m stages.check``: read the whole of ``params.yaml``, or stop with what is wrong.

DVC removes the outputs of a stage before it runs it. Every other stage comes after this one, so
a wrong value, or data of the user's where a stage writes, stops ``dvc repro`` before anything is
lost.
"""

from pathlib import Path

from stages.check.whole import load_params
from stages.core.atomic import write_text
from stages.core.console import run_stage, say
from stages.core.params import PARAMS_FILE
from stages.texts.place import require_apart

CHECKED = Path("data/checked.txt")
LEGAL = "Every parameter is known and in range.\n"


def main() -> None:
    """Check the file; what is written does not depend on it, so that nothing else runs again."""
    require_apart(load_params().data)
    write_text(CHECKED, LEGAL)
    say(f"check: {PARAMS_FILE}: {LEGAL.strip().lower()}")


if __name__ == "__main__":
    run_stage("check", main)
