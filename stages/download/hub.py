"""The Hugging Face Hub as a source, through ``datasets`` and pinned revisions.

An unreachable Hub costs ``datasets`` 23 seconds of retries, so the Hub is asked one small
question first. Offline, ``datasets`` serves any cached revision, so the caller checks the rows.
"""

import http.client
import os
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from stages.console import StageError
from stages.download.tables import LabelledText, PretrainText, canonical_text, one_line
from stages.files.raw import PRETRAIN_SPLITS, LabelledRow
from stages.params.data import DataParams, DatasetParams

DEFAULT_ENDPOINT = "https://huggingface.co"
PROBE_SECONDS = 4.0


def hub_problem(params: DataParams) -> str | None:
    """Return why the Hub cannot serve the pinned revisions now, or None; within 5 seconds."""
    for variable in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        if os.environ.get(variable, "").upper() in {"1", "ON", "YES", "TRUE"}:
            return f"{variable} is set"
    deadline = time.monotonic() + PROBE_SECONDS
    for dataset in (params.pretrain, params.downstream):
        # In a thread of its own, because no socket timeout bounds a name look-up.
        answer: list[str | None] = []
        thread = threading.Thread(
            target=lambda d=dataset, a=answer: a.append(_probe(d)), daemon=True
        )
        thread.start()
        thread.join(max(0.0, deadline - time.monotonic()))
        problem = answer[0] if answer else f"no answer within {PROBE_SECONDS:.0f} seconds"
        if problem:
            return problem
    return None


def _probe(dataset: DatasetParams) -> str | None:
    endpoint = os.environ.get("HF_ENDPOINT", DEFAULT_ENDPOINT).rstrip("/")
    url = f"{endpoint}/api/datasets/{dataset.hub_id}/revision/{dataset.revision}"
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS / 2):
            return None
    except urllib.error.HTTPError as error:
        return f"the Hub answers {error.code} for {dataset.hub_id} at {dataset.revision[:8]}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error)).strip() or type(error).__name__


def load_pretrain(params: DatasetParams) -> PretrainText:
    """Load the unlabelled splits (column ``text``); raises StageError if that fails."""
    dataset = _load(params)
    found = [split for split in PRETRAIN_SPLITS if split in dataset]
    if not {"train", "validation"} <= set(found):
        raise StageError(f"{params.hub_id} on the Hub has not the splits train and validation.")
    try:
        return PretrainText({split: one_line(dataset[split]["text"]) for split in found})
    except (KeyError, ValueError, AttributeError):  # ValueError: no such column
        raise StageError(
            f"{params.hub_id} on the Hub has no column 'text', or a row of it without text."
        ) from None


def load_downstream(params: DatasetParams) -> LabelledText:
    """Load the labelled splits (columns ``text``, ``label``); raises StageError on failure."""
    dataset = _load(params)
    try:
        classes = [str(name) for name in dataset["train"].features["label"].names]
        splits = {split: _labelled_rows(dataset[split]) for split in ("train", "test")}
    except (KeyError, ValueError, AttributeError):
        raise StageError(
            f"{params.hub_id} on the Hub has not the splits train and test with the columns "
            "'text' (in every row) and 'label' (named classes)."
        ) from None
    return LabelledText(classes, splits)


def _labelled_rows(split: Any) -> list[LabelledRow]:
    texts = canonical_text(split["text"])
    labels = list(split["label"])
    return [LabelledRow(int(labels[i]), text, i) for i, text in enumerate(texts)]


def _load(params: DatasetParams) -> Any:
    import datasets

    datasets.disable_progress_bars()
    try:
        dataset = datasets.load_dataset(params.hub_id, params.config, revision=params.revision)
    except Exception as error:  # the library raises errors of many packages
        reason = " ".join(str(error).split())[:300]
        raise StageError(
            f"the Hub did not deliver {params.hub_id} ({params.config}) at revision "
            f"{params.revision[:8]}: {reason}. Try again, or set W2V_DATA_DIR or "
            "data.source=bundled."
        ) from None
    # The folder in the cache is named for the commit that the rows are of.
    served = {Path(f["filename"]).parent.name for d in dataset.values() for f in d.cache_files}
    if served != {params.revision}:
        raise StageError(
            f"the Hub did not answer, and the cache has {params.hub_id} at another revision than "
            f"the pinned {params.revision[:8]}. Try again later."
        )
    return dataset
