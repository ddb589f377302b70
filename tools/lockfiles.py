"""``python -m tools.lockfiles``: bring back a ``dvc.lock`` that a kill left empty or cut.

DVC writes it in place, and then refuses every command. `make repro` begins with this: what is
whole is kept in ``.dvc/tmp``, what is not is replaced by what was kept last, or else by Git's.
"""

import subprocess
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.lock import LockError, make_lock
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.strictyaml import load

from stages.core.atomic import scratch_folder, write_bytes
from stages.core.console import StageError, run_stage, say

LOCKS = (Path("dvc.lock"), Path("studies/dvc.lock"))
KEPT = Path(".dvc/tmp/whole")


def is_whole(path: Path) -> bool:
    """Whether it ends as DVC ends it, and DVC reads it."""
    try:
        load(str(path), COMPILED_LOCKFILE_SCHEMA)
    except DvcException:
        return False
    return path.read_bytes().endswith(b"\n")


def mend(lock: Path) -> None:
    """Keep a file that is whole, replace one that is not; raises StageError if that cannot be.

    What DVC has run since is in its run cache, so that little is run twice.
    """
    kept = KEPT / lock
    if is_whole(lock):
        write_bytes(kept, lock.read_bytes())
        return
    if b"\n<<<<<<< " in lock.read_bytes():
        raise StageError(f"{lock} has the marks of a merge conflict; settle it and run again.")
    if not kept.exists():
        command = ["git", "show", f"HEAD:./{lock.as_posix()}"]
        write_bytes(kept, subprocess.run(command, capture_output=True, check=False).stdout)
    if not is_whole(kept):
        raise StageError(f"{lock} is damaged and there is no whole one; remove it and run again.")
    write_bytes(lock, kept.read_bytes())
    say(f"lockfiles: {lock} was damaged, as by a kill; the last whole one is back")


def main() -> None:
    """Mend each lock that there is, unless DVC is writing one just now."""
    KEPT.mkdir(parents=True, exist_ok=True)
    try:
        # DVC's own lock, after ours: where no file can be locked, DVC says that another is running.
        with scratch_folder(KEPT.with_name("lockfiles")), make_lock(str(KEPT.with_name("lock"))):
            for lock in filter(Path.is_file, LOCKS):
                mend(lock)
    except LockError:
        say("lockfiles: another DVC is running; nothing is mended while it is")


if __name__ == "__main__":
    run_stage("lockfiles", main)
