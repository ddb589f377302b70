"""``python -m tools.verify``: compare everything on disk with ``dvc.lock``, by content.

DVC takes a file for unchanged while its size and time are, and its own cache files for whole.
Here every output and dependency, and every file of the cache, is read and hashed again, as DVC
hashes: MD5 of a file, and of a folder the MD5 of its sorted listing.
"""

import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stages.console import StageError, run_stage, say

Key = tuple[str, ...]  # a path inside a folder; of a file that is an output itself, empty


@dataclass(frozen=True)
class Fault:
    """What differs, and the command that mends it."""

    what: str
    mend: str


class Cache:
    """DVC's cache: files that are named for the MD5 of their content."""

    def __init__(self, store: Any) -> None:
        """Read and hash every file of DVC's local store."""
        self._store = store
        self._names: list[str] = sorted(store.all()) if Path(store.path).is_dir() else []
        self.damaged = {name for name in self._names if md5(self.path(name)) != name[:32]}

    def __len__(self) -> int:
        return len(self._names)

    def path(self, name: str) -> str:
        """Return where the cache has, or would have, a content."""
        return str(self._store.oid_to_path(name))

    def has(self, name: str) -> bool:
        """Whether a content is there, and whole."""
        return name not in self.damaged and Path(self.path(name)).exists()

    def listing(self, name: str) -> dict[Key, str] | None:
        """Return the MD5 of every file of an output, if the cache knows that output."""
        from dvc_data.hashfile.hash_info import HashInfo
        from dvc_data.hashfile.tree import Tree

        if not name.endswith(".dir"):
            return {(): name}
        if not self.has(name):
            return None
        tree = Tree.load(self._store, HashInfo("md5", name))
        return {key: oid.value for key, _, oid in tree if oid and oid.value}

    def faults(self) -> Iterator[Fault]:
        """Yield the damaged files."""
        for name in sorted(self.damaged):
            path = relative(self.path(name))
            yield Fault(f"{path} (DVC's cache) is damaged", f"rm -f {shlex.quote(path)}")


@cache
def md5(path: str) -> str:
    """Return the MD5 of a file's content, whatever DVC remembers of it."""
    from dvc_data.hashfile.hash import file_md5

    return str(file_md5(path))


def relative(path: str) -> str:
    """Return a path as one would type it in the repository."""
    return Path(os.path.relpath(path)).as_posix()


def contents(path: str, ignore: Any) -> dict[Key, str] | None:
    """Return the MD5 of every file that DVC sees at a path; None if there is nothing."""
    if not Path(path).exists():
        return None
    if Path(path).is_file():
        return {(): md5(path)}
    found: dict[Key, str] = {}
    for folder, _, files in ignore.walk(ignore.fs, path):
        inside = Path(folder).relative_to(path).parts
        found |= {(*inside, name): md5(str(Path(folder, name))) for name in files}
    return found


def digest(found: dict[Key, str]) -> str:
    """Return the name that DVC gives to a content."""
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    if set(found) == {()}:
        return found[()]
    tree: Any = Tree()  # type: ignore[no-untyped-call]
    for key, value in found.items():
        tree.add(key, None, HashInfo("md5", value))
    tree.digest()
    return str(tree.oid)


def output_faults(stage: Any, out: Any, store: Cache, ignore: Any) -> Iterator[Fault]:
    """Yield what differs in an output of a stage."""
    path, name = relative(out.fs_path), stage.addressing
    again = f"dvc repro {name}"
    if not out.hash_info:
        yield Fault(f"{path} is not in dvc.lock", again)
        return
    expected, found = out.hash_info.value, contents(out.fs_path, ignore)
    restore = f"dvc checkout {shlex.quote(path)}" if is_kept(out, store) else again
    if found is None:
        yield Fault(f"{path} is missing", restore)
    elif digest(found) != expected:
        yield from file_faults(path, found, store.listing(expected), restore)


def is_kept(out: Any, store: Cache) -> bool:
    """Whether the cache has all of an output, whole."""
    listing = store.listing(out.hash_info.value) if out.use_cache else None
    return listing is not None and all(store.has(name) for name in listing.values())


def file_faults(
    path: str, found: dict[Key, str], listing: dict[Key, str] | None, restore: str
) -> Iterator[Fault]:
    """Yield which files of an output differ; without a listing, that something in it does."""
    if listing is None:
        yield Fault(f"something in {path} differs", f"rm -r {shlex.quote(path)} && {restore}")
        return
    for key in sorted(found.keys() | listing.keys()):
        file = "/".join((path, *key))
        # DVC looks at size and time alone, so a file that differs is removed before.
        remove = f"rm {shlex.quote(file)}"
        if key not in found:
            yield Fault(f"{file} is missing", restore)
        elif key not in listing:
            yield Fault(f"{file} does not belong there", remove)
        elif found[key] != listing[key]:
            yield Fault(f"{file} differs", f"{remove} && {restore}")


def dependency_faults(stage: Any, dep: Any, ignore: Any) -> Iterator[Fault]:
    """Yield that a dependency is not what a stage was last run with."""
    from dvc.dependency.param import ParamsDependency

    path, again = relative(dep.fs_path), f"dvc repro {stage.addressing}"
    if isinstance(dep, ParamsDependency):
        for keys in dep.status().values():
            yield Fault(f"{path} differs for {stage.addressing}: {keys}", again)
        return
    found = contents(dep.fs_path, ignore)
    if found is None or digest(found) != dep.hash_info.value:
        yield Fault(f"{path} is not what {stage.addressing} was run with", again)


def overlap(one: str, other: str) -> bool:
    """Whether one path is, holds or lies in the other."""
    return Path(one).is_relative_to(other) or Path(other).is_relative_to(one)


def is_locked(stage: Any) -> bool:
    """Whether a stage is of a pipeline that has been run; else there is nothing to compare."""
    return not stage.is_data_source and Path(stage.path).with_suffix(".lock").is_file()


def verify(root: Path) -> tuple[str, list[Fault]]:
    """Return what was compared, in words, and what differs.

    Raises:
        StageError: there is no DVC repository, or none that was run.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        repo = Repo(str(root))
        stages = [stage for stage in repo.index.stages if is_locked(stage)]
    except DvcException as error:
        raise StageError(f"{error}; run this in the repository.") from None
    if not stages:
        raise StageError("there is no dvc.lock to compare with; make one with: dvc repro")
    store, ignore = Cache(repo.cache.local), repo.dvcignore
    outs = [(stage, out) for stage in stages for out in stage.outs]
    faults, differing = [], set()
    for stage, out in outs:
        found = list(output_faults(stage, out, store, ignore))
        faults += found
        differing |= {out.fs_path} if found else set()
    for stage in stages:
        for dep in stage.deps:
            # Else it is what was named already, or holds it, or lies in it.
            if not any(overlap(dep.fs_path, path) for path in differing):
                faults += dependency_faults(stage, dep, ignore)
    faults += store.faults()
    return f"{len(outs)} outputs of {len(stages)} stages, {len(store)} files of the cache", faults


def main() -> None:
    """Print every difference with its mend; exit 1 if there is one."""
    compared, faults = verify(Path())
    for fault in faults:
        say(f"verify: {fault.what}; mend it with: {fault.mend}")
    say(f"verify: {compared}, compared by content: {len(faults) or 'no'} differences")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    run_stage("verify", main)
