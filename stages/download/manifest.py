"""``data/raw/manifest.json``: what the data are, for every figure and for the next run."""

from typing import Any

from stages.download.sources import RawData
from stages.download.tables import LabelledTally, repeats
from stages.texts.params import DataParams


def describe(data: RawData, params: DataParams) -> dict[str, Any]:
    """Return the manifest: source, names, revisions, rows and SHA-256 of canonical rows."""
    classes = len(data.downstream.classes)

    def labelled(tally: LabelledTally) -> dict[str, Any]:
        counts = tally.per_class(classes)
        return {"rows": tally.rows, "rows_per_class": counts, "sha256": tally.sha256}

    from_hub = data.source.kind == "hub"
    return {
        "title": data.title,
        "source": data.source.kind,
        "pretrain": {
            "name": data.pretrain_name,
            "revision": params.pretrain.revision if from_hub else None,
            "splits": {
                split: {"rows": tally.rows, "sha256": tally.sha256}
                for split, tally in data.pretrain.tallies.items()
            },
        },
        "downstream": {
            "name": data.downstream_name,
            "revision": params.downstream.revision if from_hub else None,
            "classes": data.downstream.classes,
            "splits": {split: labelled(tally) for split, tally in data.downstream.tallies.items()},
            "repeats": repeats(*(data.downstream.tallies[split] for split in ("train", "test"))),
        },
    }
