"""The Hugging Face Hub as a source, through ``datasets`` and pinned revisions.

An unreachable Hub costs ``datasets`` 23 seconds of retries, so the Hub is asked one small
question first, with the token that ``datasets`` would send. A Hub that refuses is not out of
reach: a user who asked for its data gets nothing else instead. Offline, ``datasets`` serves any
cached revision, so the caller checks the rows.
"""

import http.client
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from stages.core.console import StageError
from stages.texts.params import DataParams, DatasetParams

DEFAULT_ENDPOINT = "https://huggingface.co"
PROBE_SECONDS = 4.0
LOAD_SECONDS = 600.0  # a data set: 19 MB at most, so a line of 40 kB/s is quick enough
BATCH = 1000  # rows that are in memory at once
Answer = TypeVar("Answer")

_ELSEWHERE = "set W2V_DATA_DIR to a folder that has the data, or run with data.source=bundled"


def hub_problem(params: DataParams) -> str | None:
    """Return why the Hub cannot serve the pinned revisions now, or None; within 5 seconds.

    Raises:
        StageError: it answers that it will not: no access, or no such data set or revision.
    """
    for variable in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        if os.environ.get(variable, "").upper() in {"1", "ON", "YES", "TRUE"}:
            return f"{variable} is set"
    deadline = time.monotonic() + PROBE_SECONDS
    for dataset in (params.pretrain, params.downstream):
        # No socket timeout bounds a name look-up, nor an answer that comes byte by byte.
        try:
            problem = _within(max(0.0, deadline - time.monotonic()), partial(_probe, dataset))
        except _TooLateError:
            problem = f"no answer within {PROBE_SECONDS:.0f} seconds"
        if problem:
            return problem
    return None


class _TooLateError(Exception):
    """Something took longer than it was given."""


def _within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """Return what ``work`` returns, or raise what it raises, or _TooLateError after a while.

    It then runs on in a thread that ends with the process.
    """
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    if not wait([answer], seconds).done:
        raise _TooLateError
    return answer.result()


def _probe(dataset: DatasetParams) -> str | None:
    from huggingface_hub import get_token

    endpoint = os.environ.get("HF_ENDPOINT", DEFAULT_ENDPOINT).rstrip("/")
    url = f"{endpoint}/api/datasets/{dataset.hub_id}/revision/{dataset.revision}"
    token = get_token()
    try:
        request = urllib.request.Request(url)
        if token:
            # Unredirected: another host has no business with it.
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS / 2):
            return None
    except urllib.error.HTTPError as error:
        return _answered(error, dataset, has_token=token is not None)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error)).strip() or type(error).__name__


def _answered(error: urllib.error.HTTPError, dataset: DatasetParams, has_token: bool) -> str:
    """Put an answer other than yes into words; raises StageError where it is for good."""
    error.close()
    what = f"{dataset.hub_id} at {dataset.revision[:8]}"
    if error.code in {401, 403}:
        raise StageError(
            f"the Hub gives no access to {what} (it answers {error.code}): it is private, gated "
            f"or not there, and {'the token in use does not' if has_token else 'no token does'} "
            f"open it. Set HF_TOKEN to a token that may read it, or {_ELSEWHERE}."
        )
    if error.code == 404:
        raise StageError(
            f"the Hub has no {what} (it answers 404); correct hub_id and revision in "
            f"params.yaml, or {_ELSEWHERE}."
        )
    if error.code in {301, 302, 303, 307, 308}:
        return f"the Hub redirects in a circle for {what}"
    wait = error.headers.get("Retry-After", "").strip()
    later = f", and wants to be asked again after {wait} seconds" if wait.isdecimal() else ""
    return f"the Hub answers {error.code} for {what}{later}"


@dataclass(frozen=True)
class SplitRecords:
    """The rows of a split, which stay in the files of ``datasets``' cache."""

    name: str
    rows: Any  # a data set of ``datasets``

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for begin, batch in enumerate(self.rows.iter(BATCH)):
            for number, values in enumerate(zip(*batch.values(), strict=True), 1):
                yield begin * BATCH + number, dict(zip(batch, values, strict=True))

    def where(self, number: int) -> str:
        """Return words for the place of a record."""
        return f"{self.name} on the Hub, row {number}"


def splits_of(
    params: DatasetParams, names: Mapping[str, str | None], columns: Sequence[str]
) -> tuple[dict[str, list[SplitRecords]], dict[str, list[str]]]:
    """Return the rows of each split, none where there is none, and the names of named labels.

    Args:
        params: which data set.
        names: what each split is called; None where it is not to be looked for.
        columns: those that are wanted, if they are there.

    Raises:
        StageError: the Hub does not deliver it, or it has no split to train on.
    """
    dataset = _load(params)
    if names["train"] not in dataset:
        raise StageError(
            f"{params.hub_id} on the Hub has no split {names['train']!r}, but "
            f"{', '.join(dataset)}; name them in params.yaml (splits, in data)."
        )
    found = {}
    for split, name in names.items():
        if name in dataset:
            rows = dataset[name]
            wanted = [column for column in rows.column_names if column in columns]
            rows = rows.select_columns(wanted or rows.column_names)
            found[split] = [SplitRecords(f"{params.hub_id} {name}", rows)]
    features = dataset[names["train"]].features
    return found, {c: list(features[c].names) for c in features if hasattr(features[c], "names")}


def _load(params: DatasetParams) -> Any:
    import datasets

    datasets.disable_progress_bars()
    what = f"{params.hub_id} ({params.config or 'default'}) at revision {params.revision[:8]}"
    try:
        dataset = _within(
            LOAD_SECONDS,
            lambda: datasets.load_dataset(params.hub_id, params.config, revision=params.revision),
        )
    except _TooLateError:
        raise StageError(
            f"the Hub did not deliver {what} within {LOAD_SECONDS / 60:.0f} minutes. "
            f"Try again, or {_ELSEWHERE}."
        ) from None
    except Exception as error:  # the library raises errors of many packages
        reason = " ".join(str(error).split())[:300]
        raise StageError(
            f"the Hub did not deliver {what}: {reason}. Try again, or {_ELSEWHERE}."
        ) from None
    # The folder in the cache is named for the commit that the rows are of.
    served = {Path(f["filename"]).parent.name for d in dataset.values() for f in d.cache_files}
    if served != {params.revision}:
        raise StageError(
            f"the Hub did not answer, and the cache has {params.hub_id} at another revision than "
            f"the pinned {params.revision[:8]}. Try again later."
        )
    return dataset
