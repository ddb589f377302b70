"""Tables on disk: CSV with one header line."""

from pathlib import Path

import pandas as pd

from stages.core.atomic import reading
from stages.lens.columns import NEIGHBOUR
from stages.results.classifiers import CLASS, METHOD, WORD

TEXTS = (METHOD, CLASS, WORD, NEIGHBOUR)  # columns of text, whatever it looks like


def read_table(path: Path) -> pd.DataFrame:
    """Read a table of ours; raises StageError if it is missing or damaged."""
    with reading(path):
        numbers = [str(name) for name in pd.read_csv(path, nrows=0) if name not in TEXTS]
        return pd.read_csv(
            path,
            dtype=dict.fromkeys(TEXTS, str),
            keep_default_na=False,
            na_values={name: ["", "nan"] for name in numbers},
        )
