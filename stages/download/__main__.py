"""``python -m stages.download``: fetch, check and write the data sets.

``python -m stages.download current`` exits 0 if ``data/raw`` is what a run would make now: DVC
cannot see an environment variable or the Hub, so ``make repro`` asks this first.
"""

import sys

from stages import artifacts
from stages.console import StageError, run_stage, say
from stages.download.manifest import describe
from stages.download.sources import RawData, choose_source, load
from stages.params import DataParams, load_params


def write(data: RawData, params: DataParams) -> None:
    """Write ``data/raw``: tables first, the manifest last."""
    with (
        artifacts.output_folder(artifacts.RAW / "pretrain") as pretrain,
        artifacts.output_folder(artifacts.RAW / "downstream") as downstream,
    ):
        for split, texts in data.pretrain.splits.items():
            artifacts.write_raw_text(pretrain, split, texts)
        artifacts.write_classes(downstream, data.downstream.classes)
        for split, rows in data.downstream.splits.items():
            artifacts.write_raw_labelled(downstream, split, rows)
        artifacts.MANIFEST.unlink(missing_ok=True)  # from here on the old one is not true
    artifacts.write_json(artifacts.MANIFEST, describe(data, params))
    say(f"download: {data.title}")


def is_current(params: DataParams) -> bool:
    """Whether the manifest on disk is the one that a run would write now."""
    if not artifacts.MANIFEST.exists():
        return False
    recorded = artifacts.read_json(artifacts.MANIFEST, "download")
    source = choose_source(params)
    # The Hub's rows are fixed by the pinned revisions, which are parameters that DVC does see.
    if recorded.get("source") == "hub" and params.source in {"auto", "hub"}:
        if source.kind == "bundled":
            say(f"download: keeping the rows that the Hub delivered before ({source.reason})")
        return source.kind != "local"
    return source.kind == recorded.get("source") and (
        describe(load(params, source), params) == recorded
    )


def main() -> None:
    """Run the stage, or answer ``current``."""
    params = load_params().data
    if sys.argv[1:] == ["current"]:
        sys.exit(0 if is_current(params) else 3)
    if sys.argv[1:]:
        raise StageError(f"unknown argument {sys.argv[1]!r}; the only one is: current")
    write(load(params, choose_source(params)), params)


if __name__ == "__main__":
    run_stage("download", main)
