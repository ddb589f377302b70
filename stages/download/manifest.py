"""``data/raw/manifest.json``: what the data are, for every figure and for the next run."""

from typing import Any

from stages.download.sources import RawData
from stages.download.tables import class_counts, labelled_sha256, text_sha256
from stages.files.raw import LabelledRow
from stages.params.data import DataParams


def describe(data: RawData, params: DataParams) -> dict[str, Any]:
    """Return the manifest: source, names, revisions, rows and SHA-256 of canonical rows."""
    classes = len(data.downstream.classes)

    def labelled(rows: list[LabelledRow]) -> dict[str, Any]:
        counts = class_counts(rows, classes)
        return {"rows": len(rows), "rows_per_class": counts, "sha256": labelled_sha256(rows)}

    from_hub = data.source.kind == "hub"
    return {
        "title": data.title,
        "source": data.source.kind,
        "pretrain": {
            "name": data.pretrain_name,
            "revision": params.pretrain.revision if from_hub else None,
            "splits": {
                split: {"rows": len(rows), "sha256": text_sha256(rows)}
                for split, rows in data.pretrain.splits.items()
            },
        },
        "downstream": {
            "name": data.downstream_name,
            "revision": params.downstream.revision if from_hub else None,
            "classes": data.downstream.classes,
            "splits": {split: labelled(rows) for split, rows in data.downstream.splits.items()},
        },
    }
