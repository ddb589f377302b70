"""What DVC and Git say about the project: its stages, and the files that they read."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

_DVC = (sys.executable, "-P", "-m", "dvc")
_GIT = ("git", "--literal-pathspecs")


class ClusterError(Exception):
    """The pipeline cannot be run, or a stage failed; the message is for the user."""


def stale_stages(leave: list[str]) -> dict[str, set[str]]:
    """Return the stages that are out of date, those needed first, each with what it needs.

    Args:
        leave: stages not to run.

    Raises:
        ClusterError: DVC cannot read the pipeline.
    """
    names = output(*_DVC, "stage", "list", "--name-only").splitlines()
    needs: dict[str, set[str]] = {name: set() for name in names}
    for needed, name in re.findall(
        r'"?([^"\n]+)"? -> "?([^"\n]+?)"?;', output(*_DVC, "dag", "--dot")
    ):
        needs.setdefault(name, set()).add(needed)
    stale = set(json.loads(output(*_DVC, "status", "--json")))
    ordered: dict[str, set[str]] = {}
    waiting = [name for name in names if name not in leave]
    while waiting:
        name = next(one for one in waiting if not needs[one] & set(waiting))
        waiting.remove(name)
        if name in stale or needs[name] & stale:
            stale.add(name)
            ordered[name] = needs[name]
    return ordered


def packed(root: Path) -> bytes:
    """Return the files that stages may read, as they lie there, as a tar file.

    They are those that Git tracks, and those that it neither tracks nor ignores but ``dvc.yaml``
    names, or is its lock. Git is only asked for names: nothing gets into its objects or its index.

    Raises:
        ClusterError: this is not a Git repository.
    """
    words = re.findall(r"[^\s\[\]{}$,:'\"]+", (root / "dvc.yaml").read_text("utf-8"))
    named = [word for word in {"dvc.lock", *words} if word.strip(".") and (root / word).exists()]
    files = output(*_GIT, "ls-files", "-z").split("\0")
    files += output(*_GIT, "ls-files", "-z", "-o", "--exclude-standard", "--", *named).split("\0")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in (root / file for file in dict.fromkeys(files)):
            if path.is_symlink() or path.is_file():
                tar.add(path, path.relative_to(root), recursive=False)
    return archive.getvalue()


def cache(root: Path) -> Path:
    """Return the folder of DVC's cache."""
    return root / output(*_DVC, "cache", "dir").strip()


def shared_remote() -> str:
    """Return the default remote of DVC, to which what there is has been pushed, for workers."""
    output(*_DVC, "push", "--run-cache")
    return output(*_DVC, "remote", "default").strip()


def output(*command: str) -> str:
    """Return what a command prints; raises ClusterError with what it says if it fails."""
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise ClusterError(done.stderr.decode("utf-8", "replace"))
    return os.fsdecode(done.stdout)
