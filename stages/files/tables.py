"""Tables on disk: CSV with one header line."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from stages.files.atomic import reading


def read_table(path: Path, texts: Collection[str] = ()) -> pd.DataFrame:
    """Read a table of ours; raises StageError if it is missing or damaged.

    texts: the columns whose cells are text, whatever it looks like. Others are numbers.
    """
    with reading(path):
        numbers = [str(name) for name in pd.read_csv(path, nrows=0) if name not in texts]
        return pd.read_csv(
            path,
            dtype=dict.fromkeys(texts, str),
            keep_default_na=False,
            na_values={name: ["", "nan"] for name in numbers},
        )
