"""``python -m tools.jobs``: bring a DVC pipeline up to date, several stages at once."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tools.jobs.errors import JobsError


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.jobs",
        description="As `dvc repro`, with stages that do not need each other side by side.",
    )
    parser.add_argument("targets", nargs="*", default=["dvc.yaml"], help="as of `dvc repro`")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="stages at once (default: 2)")
    parser.add_argument(
        "--path-variable",
        action="append",
        default=[],
        metavar="NAME",
        help="an environment variable that holds a path: stages see it absolute",
    )
    parser.add_argument(
        "--share",
        action="append",
        default=[],
        metavar="FOLDER",
        help="a folder that Git ignores and all stages share: checkpoints, say",
    )
    return parser.parse_args()


def stage_environment(names: list[str]) -> dict[str, str]:
    """Return the environment with the paths in these variables absolute."""
    made = {name: str(Path(os.environ[name]).absolute()) for name in names if os.environ.get(name)}
    return {**os.environ, **made}


def run(options: argparse.Namespace) -> None:
    """Run the pipeline of the current folder.

    Raises:
        JobsError: it cannot be read, or a stage failed.
    """
    from tools.jobs.pipeline import Pipeline
    from tools.jobs.schedule import Schedule
    from tools.jobs.worktrees import Worktrees, forget_hook, only_run

    if options.jobs < 1:
        raise JobsError("--jobs must be 1 or more.")
    root = Path.cwd()
    if not (root / ".dvc").is_dir():
        raise JobsError("there is no .dvc here: run it in the root folder of a DVC project.")
    forget_hook()
    with only_run(root):
        pipeline = Pipeline(root, options.targets)
        worktrees = Worktrees(root, pipeline.reads, tuple(options.share))
        environment = stage_environment(options.path_variable)
        try:
            Schedule(root, pipeline, worktrees, options.jobs, environment).run()
        except JobsError:
            raise  # the logs are kept
        except BaseException:
            worktrees.sweep()
            raise
        worktrees.sweep()


def _end(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    sys.exit(128 + number)


def main() -> None:
    """Run it; what goes wrong is one sentence and exit status 1."""
    signal.signal(signal.SIGTERM, _end)
    options = arguments()
    try:
        run(options)
    except JobsError as error:
        sys.exit(f"jobs: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        print("jobs: interrupted; what was finished is kept. Run it again.", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
