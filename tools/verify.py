"""``python -m tools.verify``: compare everything on disk with ``dvc.lock``, by content.

DVC takes a file for unchanged while its size and time are, and its own cache files for whole. Here
it is asked for its status with nothing remembered, so that it hashes everything again, and each
file of its cache is hashed too: it is named for its MD5.
"""

import hashlib
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dvc.exceptions import DvcException
from dvc.repo import Repo

from stages.core.console import StageError, run_stage, say

Fault = tuple[str, str]  # what differs, and the command that mends it


def cache_faults(cache: Path) -> Iterator[Fault]:
    """Yield the damaged files of DVC's cache."""
    for path in sorted(cache.glob("??/[0-9a-f]*")):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "md5").hexdigest()
        if digest != path.parent.name + path.name.removesuffix(".dir"):
            name = os.path.relpath(path)
            yield f"{name} (DVC's cache) is damaged", f"rm -f {shlex.quote(name)}"


def pipeline_faults(stages: list[Any]) -> Iterator[Fault]:
    """Yield what differs in outputs, then what else stages were not run with."""
    differing = []
    for stage in stages:
        again = f"dvc repro {stage.addressing}"
        for out in stage.outs:
            for path, how in out.workspace_status().items():
                differing.append(Path(out.fs_path))
                yield f"{path} is {how}", f"rm -rf {shlex.quote(path)} && {again}"
    for stage in stages:
        again = f"dvc repro {stage.addressing}"
        if stage.cmd_changed:
            yield f"the command of {stage.addressing} is modified", again
        for dep in stage.deps:
            path = Path(dep.fs_path)
            if not any(path.is_relative_to(d) or d.is_relative_to(path) for d in differing):
                for name, how in dep.workspace_status().items():
                    yield f"{name} is {how} since {stage.addressing} was run", again


def run_here(stages: list[Any]) -> list[Any]:
    """Leave out the studies, and say so, where none of their outputs but those in Git is there."""
    made = (s for s in stages if any(out.use_cache and out.exists for out in s.outs))
    here = {"dvc.yaml", *(stage.path_in_repo for stage in made)}
    for path in sorted({stage.path_in_repo for stage in stages} - here):
        say(f"verify: {path} is left out: it was not run here")
    return [stage for stage in stages if stage.path_in_repo in here]


def main() -> None:
    """Print every difference with its mend; exit 1 if there is one."""
    with TemporaryDirectory() as nothing_remembered:
        os.environ["DVC_SITE_CACHE_DIR"] = nothing_remembered
        try:
            repo = Repo()
            stages = [s for s in repo.index.stages if Path(s.path).with_suffix(".lock").is_file()]
        except DvcException as error:
            raise StageError(f"{error}; run this in the repository.") from None
        if not stages:
            raise StageError("there is no dvc.lock to compare with; make one with: dvc repro")
        stages = run_here(stages)
        faults = [*cache_faults(Path(repo.cache.local.path)), *pipeline_faults(stages)]
        repo.close()
    for what, mend in faults:
        say(f"verify: {what}; mend it with: {mend}")
    say(f"verify: {len(stages)} stages and DVC's cache: {len(faults) or 'no'} differences")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    run_stage("verify", main)
