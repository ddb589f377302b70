"""A program of its own: one stage, run by DVC in the current folder, on some cores only."""

import argparse
import os
import shutil
import signal
import sys
import threading
from pathlib import Path


def end_with(lifeline: int) -> None:
    """Kill this process group when the other end of the pipe ``lifeline`` is closed.

    Only the process that hands out stages holds it; so a stage never outlives that, not even
    when that is killed.
    """

    def watch() -> None:
        os.read(lifeline, 1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def fetch_inputs(name: str, source: Path) -> None:
    """Have DVC link a stage's inputs out of its cache; copy those that it does not keep there.

    Args:
        name: of the stage, in the current folder.
        source: root of the project that has the outputs which DVC does not cache.
    """
    from dvc.exceptions import OutputNotFoundError
    from dvc.repo import Repo

    with Repo() as repo:
        (stage,) = repo.stage.collect(name)
        cached = []
        for dependency in stage.deps:
            try:
                outs = repo.find_outs_by_path(dependency.fs_path, recursive=True, strict=False)
            except OutputNotFoundError:  # Git's
                continue
            for out in outs:
                if out.use_cache:
                    cached.append(out.fs_path)
                else:
                    _copy(source / Path(out.fs_path).relative_to(repo.root_dir), Path(out.fs_path))
        if cached:
            repo.checkout(sorted(set(cached)), force=True)


def _copy(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def main() -> int:
    """Run the stage; return DVC's exit status."""
    parser = argparse.ArgumentParser(prog="child")
    parser.add_argument("name")
    parser.add_argument("--lifeline", type=int, required=True, help="the pipe to end with")
    parser.add_argument("--cores", type=int, nargs="+", required=True)
    parser.add_argument("--inputs-from", type=Path, help="the project this is a worktree of")
    options = parser.parse_args()
    end_with(options.lifeline)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, options.cores)
    if options.inputs_from is not None:
        fetch_inputs(options.name, options.inputs_from)

    from dvc.cli import main as dvc

    status: int = dvc(["--wait-for-lock", "repro", "--single-item", options.name])
    return status


if __name__ == "__main__":
    sys.exit(main())
