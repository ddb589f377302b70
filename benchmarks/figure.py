"""Drawing what a benchmark saved, so that the picture tells which table it is of."""

from pathlib import Path

from matplotlib.figure import Figure

from stages.core.sealed import file_sha256
from stages.report.style import look

DRAWN_FROM = "Drawn-From-SHA256"  # a text entry of the PNG


def save_figure(figure: Figure, table: Path) -> None:
    """Write a figure beside the table that it shows, with the table's SHA-256 in it."""
    metadata = {"Software": None, DRAWN_FROM: file_sha256(table)}
    with look():
        figure.savefig(table.with_suffix(".png"), dpi=110, metadata=metadata)
