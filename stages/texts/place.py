"""Where a local source is: in ``$W2V_DATA_DIR``, and apart from whatever a stage writes."""

import os
from pathlib import Path

from stages.core.console import StageError
from stages.texts.params import DataParams

DATA_DIR_VARIABLE = "W2V_DATA_DIR"
# What DVC removes before a stage runs, and what the stages write in its place.
OUTPUTS = tuple(map(Path, ("data/raw", "data/tokens", "models", "plots")))


def given_root() -> Path | None:
    """Return the folder in ``$W2V_DATA_DIR``; None if it is unset."""
    folder = os.environ.get(DATA_DIR_VARIABLE)
    if not folder:
        return None
    try:
        # A shell does not expand it within quotes, nor does a .env file.
        return Path(folder).expanduser()
    except RuntimeError:  # ~ of a user that there is not
        return Path(folder)


def require_apart(params: DataParams) -> None:
    """Raise a StageError if a folder of the user's data is, has or lies in an output."""
    root = given_root()
    if root is None or params.source not in {"auto", "local"}:
        return
    for folder in (root / params.pretrain.name, root / params.downstream.name):
        for output in OUTPUTS:
            given, written = folder.resolve(), output.resolve()
            if given.is_relative_to(written) or written.is_relative_to(given):
                raise StageError(
                    f"{folder} holds your data, but stages write {output}, and neither may lie in "
                    f"the other; move your data and set {DATA_DIR_VARIABLE} to their new place."
                )
