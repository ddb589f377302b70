"""Git worktrees that hold what the pipeline reads, changes that nobody committed included."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tools.jobs.errors import JobsError


class Worktrees:
    """Worktrees of one repository as its working tree was when this object was made.

    They lie in ``.dvc/tmp``, which Git and DVC ignore, so on the file system of the cache's links.
    They hold the tracked files as they are in the working tree. Submodules are not carried, and of
    untracked and ignored files only those that the caller names.

    Args:
        root: of the DVC project, which may be a folder within the Git repository.
        needed: files and folders that the pipeline reads: what of them is untracked, and not
            ignored, is copied from the working tree. Git never gets to know it.
        shared: paths below ``root``, ignored by Git, that every worktree has as links: checkpoints
            outlive a worktree there.
    """

    def __init__(
        self, root: Path, needed: Collection[Path] = (), shared: tuple[str, ...] = ()
    ) -> None:
        """Take the working tree as it is now, and sweep away what a killed run left."""
        self._root = root
        self._shared = shared
        self._git_root = Path(_git(root, "rev-parse", "--show-toplevel"))
        self.folder = root / ".dvc/tmp/jobs"
        self.logs = self.folder / "logs"
        self._numbers = count(1)
        if _git(root, "rev-parse", "--verify", "--quiet", "HEAD", may_fail=True) == "":
            raise JobsError(
                "this Git repository has no commit yet: commit once, then run it again."
            )
        self.sweep()
        self.logs.mkdir(parents=True)
        self._tree = self._snapshot()
        self._untracked = self._find_untracked(needed)

    def _snapshot(self) -> str:
        """Write the tracked files, as they are, into Git's objects; return the tree's id.

        A copy of the index is used, so that what the user has staged stays as it is.
        """
        index = self.folder / "index"
        own = self._git_root / _git(self._git_root, "rev-parse", "--git-path", "index")
        if own.exists():  # with it, Git need not read unchanged files
            shutil.copy(own, index)
        _git(self._git_root, "add", "--update", GIT_INDEX_FILE=str(index))
        tree = _git(self._git_root, "write-tree", GIT_INDEX_FILE=str(index))
        index.unlink()
        return tree

    def _find_untracked(self, paths: Collection[Path]) -> list[str]:
        """Return the untracked files among these paths, relative to Git's root."""
        if not paths:  # Git would list all there are
            return []
        listing = ("ls-files", "--others", "--exclude-standard", "-z", "--", *map(str, paths))
        return _git(self._git_root, *listing, GIT_LITERAL_PATHSPECS="1").split("\0")[:-1]

    def add(self) -> Path:
        """Make a worktree; return the DVC project's root in it. HEAD is that of the repository."""
        folder = self.folder / str(next(self._numbers))
        # Without a checkout, no hook runs.
        _git(self._git_root, "worktree", "add", "--detach", "--no-checkout", str(folder))
        _git(folder, "read-tree", "--reset", "-u", self._tree)
        for path in self._untracked:
            _copy(self._git_root / path, folder / path)
        root = folder / self._root.relative_to(self._git_root)
        for path in self._shared:
            (self._root / path).mkdir(parents=True, exist_ok=True)
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).symlink_to(self._root / path)
        return root

    def remove(self, root: Path) -> None:
        """Remove the worktree with this project root."""
        self._remove(self.folder / root.relative_to(self.folder).parts[0])

    def _remove(self, folder: Path) -> None:
        # Given twice, --force removes one that was killed while Git made it, too.
        _git(self._git_root, "worktree", "remove", "--force", "--force", str(folder), may_fail=True)
        shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove all worktrees made here, those of a killed run too, and the logs."""
        listed = _git(self._git_root, "worktree", "list", "--porcelain")
        for line in listed.splitlines():
            folder = Path(line.removeprefix("worktree "))
            if line.startswith("worktree ") and folder.parent == self.folder:
                self._remove(folder)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def only_run(root: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends.

    Raises:
        JobsError: another process holds it.
    """
    path = root / ".dvc/tmp/jobs.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JobsError(
                "another run is at work in this folder: wait for it or end it."
            ) from None
        yield


def _copy(source: Path, target: Path) -> None:
    """Copy a file or link, or a repository within this one, of which Git lists the folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # no more there
        if source.is_dir() and not source.is_symlink():
            own = shutil.ignore_patterns(".git")
            shutil.copytree(source, target, symlinks=True, ignore=own)
        else:
            shutil.copy2(source, target, follow_symlinks=False)


def forget_hook() -> None:
    """Drop what Git tells its hooks of their repository: which index it is to write, say.

    Every Git that is started from now on, by a stage too, works on the repository it is in.
    """
    for name in _git(Path.cwd(), "rev-parse", "--local-env-vars").split():
        os.environ.pop(name, None)


def _git(folder: Path, *arguments: str, may_fail: bool = False, **environment: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="surrogateescape",  # as Python has names of files
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode and not may_fail:
        raise JobsError(
            f"git {arguments[0]} failed: {done.stderr.strip()}; mend that and try again."
        )
    return done.stdout.rstrip("\n")
