"""What DVC knows: the stages, what they wait for, and which of them need not run."""

import logging
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvc.config import Config
from dvc.exceptions import DvcException, ReproductionError
from dvc.repo import Repo
from dvc.repo.reproduce import collect_stages, get_active_graph, plan_repro
from dvc.stage.cache import RunCacheNotFoundError, StageCache
from dvc.utils.serialize import load_yaml, modify_yaml

from tools.jobs.errors import JobsError


class _NotCachedError(DvcException):  # type: ignore[misc] # DVC has no types
    """A stage is out of date, and the run cache does not have it."""


class _OnlyCached(StageCache):  # type: ignore[misc]
    """A run cache that never lets a stage run: what it does not have, it refuses."""

    def restore(self, stage: Any, *arguments: Any, **options: Any) -> None:
        try:
            super().restore(stage, *arguments, **options)
        except RunCacheNotFoundError as error:
            raise _NotCachedError(str(error)) from None


class Pipeline:
    """The stages that ``dvc repro TARGETS`` would look at, by their names on the command line.

    Attributes:
        plan: the stages in the order in which DVC would run them.
        needs: by stage, the stages that it needs directly.
        elsewhere: the stages that can run in another folder, because DVC keeps what they made
            with all their inputs in its run cache.
        reads: files and folders of the project that the stages read, and those that define them.

    Raises:
        JobsError: DVC cannot read the pipeline.
    """

    def __init__(self, root: Path, targets: Sequence[str] = ("dvc.yaml",)) -> None:
        """Read the pipeline."""
        logging.getLogger("dvc").setLevel(logging.WARNING)  # not every stage that did not change
        try:
            self._repo = Repo(str(root), _wait_for_lock=True)
            self._repo.stage_cache = _OnlyCached(self._repo)
            stages = collect_stages(self._repo, targets)
            graph = get_active_graph(self._repo.index.graph)
            ordered = plan_repro(graph, stages)
        except DvcException as error:
            raise JobsError(f"DVC refuses the pipeline: {error}") from error
        self.plan = [stage.addressing for stage in ordered]
        self.needs = {
            stage.addressing: {needed.addressing for needed in graph.successors(stage)}
            for stage in ordered
        }
        self.reads = {Path(stage.path) for stage in ordered} | {
            Path(dep.fs_path) for stage in ordered for dep in stage.deps if dep.is_in_repo
        }
        self.elsewhere = {stage.addressing for stage in ordered if _kept_in_run_cache(stage)}
        # What DVC appends to each lock file and .gitignore, in the order of the plan.
        self._locks: dict[Path, list[str]] = {}
        self._ignored: dict[Path, list[str]] = {}
        for stage in ordered:
            if stage.cmd:
                path = Path(stage.path).with_suffix(".lock")
                self._locks.setdefault(path, []).append(stage.name)
            for out in stage.outs:
                if out.use_scm_ignore:
                    path = Path(out.fs_path)
                    self._ignored.setdefault(path.parent / ".gitignore", []).append(f"/{path.name}")
        self._known = {path: _locked(path) for path in self._locks}
        self._known |= {path: _lines(path) for path in self._ignored}

    @property
    def written_by_dvc(self) -> list[Path]:
        """Return those files that DVC itself writes in a run: lock files and .gitignore."""
        return [path for path in (*self._locks, *self._ignored) if path.exists()]

    def settle(self, name: str) -> bool:
        """Bring a stage up to date without running it; return whether that could be done.

        As ``dvc repro`` does, this removes the outputs of a stage that must run.
        """
        try:
            with held_back():
                self._repo.reproduce(name, single_item=True)
        except ReproductionError as error:
            if isinstance(error.__cause__, _NotCachedError):
                return False
            raise JobsError(f"{error}: {error.__cause__}") from error
        except DvcException as error:
            raise JobsError(str(error)) from error
        self._order_ignored()  # before another stage reads the folder
        return True

    def share_cache(self, root: Path) -> None:
        """Have the project at ``root`` use this one's cache and its settings that Git ignores."""
        own: dict[str, Any] = self._repo.config.load_one("local")
        settings = Config(str(root / ".dvc"), local_dvc_dir=str(root / ".dvc"))
        with settings.edit("local") as local:
            local.update(own)
            local["cache"] = {**own.get("cache", {}), "dir": self._repo.cache.local_cache_dir}
            # Its notes on files go when it goes.
            local["core"] = {**own.get("core", {}), "site_cache_dir": str(root / ".dvc/tmp/site")}

    def order_locks(self) -> None:
        """Put new stages into the lock files in the order of the plan, as ``dvc repro`` does.

        DVC appends a stage when it is settled: that order would tell which ended first.
        """
        for path, names in self._locks.items():
            found = _locked(path)
            ordered = _in_order(found, self._known[path], names)
            if found != ordered:
                with held_back(), modify_yaml(str(path)) as lock:
                    lock["stages"] = {name: lock["stages"][name] for name in ordered}

    def _order_ignored(self) -> None:
        for path, entries in self._ignored.items():
            found = _lines(path)
            ordered = _in_order(found, self._known[path], entries)
            if found != ordered:
                path.write_text("".join(f"{line}\n" for line in ordered), encoding="utf-8")


@contextmanager
def held_back() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait: DVC writes a lock file in place, and would leave it cut."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for one in came[:1]:
            os.kill(os.getpid(), one)


def _in_order(found: list[str], known: list[str], planned: list[str]) -> list[str]:
    """Return what was found: what was known before as it stood, then the rest as planned."""
    rank = {entry: place for place, entry in enumerate(planned)}
    before = [entry for entry in known if entry in found]
    added = [entry for entry in found if entry not in known]
    return before + sorted(added, key=lambda entry: rank.get(entry, len(rank)))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _locked(path: Path) -> list[str]:
    return list(load_yaml(str(path)).get("stages", {})) if path.exists() else []


def _kept_in_run_cache(stage: Any) -> bool:
    """Return whether ``dvc repro`` in one folder can take this stage from a run in another."""
    return bool(
        stage.cmd
        and stage.deps
        and stage.outs
        and not stage.frozen
        and not stage.is_callback
        and not stage.always_changed
        and all(dep.protocol == "local" for dep in stage.deps)
        and all(
            out.protocol == "local"
            and out.is_in_repo
            and not out.persist
            and (out.use_cache or out.is_metric or out.is_plot)
            for out in stage.outs
        )
    )
