"""``python -m stages.params``: check ``params.yaml``, and nothing else."""

from stages.console import run_stage, say
from stages.params.base import PARAMS_FILE
from stages.params.whole import load_params


def main() -> None:
    """Check the file."""
    load_params()
    say(f"{PARAMS_FILE}: every parameter is known and in range.")


if __name__ == "__main__":
    run_stage("params", main)
