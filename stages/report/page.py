"""``report.html``: everything in one file that opens from disk and can be mailed."""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from stages.check.whole import Params
from stages.lens import columns as lens
from stages.report.findings import Findings
from stages.report.pictures import Picture
from stages.report.section import TEXT_COLUMNS
from stages.report.style import Drawn
from stages.report.summary import evidence, headline, relations, results
from stages.report.tables import ABOVE_FLOOR, rounded

NEIGHBOURS = 8  # of each word


class Column(NamedTuple):
    """A column of an interactive table. digits: after the point; None for text."""

    key: str
    title: str
    digits: int | None = None


def table_of(name: str, frame: pd.DataFrame, columns: Sequence[Column]) -> dict[str, Any]:
    """Return an interactive table: of each cell, what a reader sees and what it is sorted by."""
    rows = frame[[column.key for column in columns]].itertuples(index=False, name=None)
    cells = [[_cell(value, c) for value, c in zip(row, columns, strict=True)] for row in rows]
    return {"name": name, "columns": columns, "rows": cells}


def _cell(value: Any, column: Column) -> tuple[str, str]:
    if column.digits is None:
        return str(value), str(value)
    if math.isnan(value):
        return "-", ""
    return f"{value:,.{column.digits}f}", repr(rounded(value))


def render(
    found: Findings,
    params: Params,
    manifest: Mapping[str, Any],
    statistics: Mapping[str, Any],
    pictures: Sequence[tuple[Picture, Drawn]],
) -> str:
    """Return the page; everything that comes from data is escaped by the template library."""
    environment = Environment(
        loader=PackageLoader("stages.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made_from = {"Parameters": params.model_dump(), "Data": manifest, "Tokens": statistics}
    geometry = [section for section in [relations(found.relations)] if section.rows]
    return environment.get_template("report.html.j2").render(
        title=manifest["title"],
        headline=headline(found),
        results=results(found, params, manifest["title"]),
        evidence=[*evidence(found, params), *geometry],
        text_columns=TEXT_COLUMNS,
        pictures=[(picture, as_image(drawn)) for picture, drawn in pictures],
        grid=grid_table(found),
        neighbours=neighbours_table(found.tables.neighbours),
        made_from={name: flat(values) for name, values in made_from.items()},
    )


def grid_table(found: Findings) -> dict[str, Any]:
    """Return accuracy and the vectors' geometry for every R and K."""
    accuracy = found.intervals.grid_at_fewest
    frame = found.cells.merge(accuracy, on=["R", "K"])
    frame["accuracy"] = 100 * frame["mean"]
    frame["half"] = 50 * (frame["high"] - frame["low"])
    columns = [
        Column("R", "R", 0),
        Column("K", "K", 0),
        Column("accuracy", "test accuracy, %", 2),
        Column("half", "±", 2),
        Column(lens.MEAN_COSINE_CENTRE, "mean cosine", 3),
        Column(lens.EFFECTIVE_RANK, "effective rank", 1),
        Column(lens.UNIFORMITY, "uniformity", 2),
        Column(lens.ALIGNMENT, "alignment", 3),
        Column(lens.RETRIEVAL, "retrieval", 3),
        Column(lens.PMI_CORRELATION, "r with PMI", 3),
        Column(ABOVE_FLOOR, "loss above floor", 3),
        Column(lens.STABILITY, "stability", 3),
    ]
    return table_of("grid", frame, columns)


def neighbours_table(neighbours: pd.DataFrame) -> dict[str, Any]:
    """Return a row a frequent word: its nearest words with their cosines."""
    rows = []
    for word, near in neighbours.groupby(lens.WORD, sort=False):
        pairs = near.head(NEIGHBOURS)[[lens.NEIGHBOUR, lens.COSINE]].itertuples(
            index=False, name=None
        )
        rows.append((word, ", ".join(f"{other} {cosine:.2f}" for other, cosine in pairs)))
    frame = pd.DataFrame(rows, columns=[lens.WORD, "near"])
    columns = [Column(lens.WORD, "word"), Column("near", "nearest words, with cosines")]
    return table_of("neighbours", frame, columns)


def as_image(drawn: Drawn) -> str:
    """Return a figure as the address of an image that holds it: an SVG where that is small."""
    kind, content = ("svg+xml", drawn.svg) if drawn.svg else ("png", drawn.png)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def flat(mapping: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return nested values as (dotted key, value)."""
    rows: list[tuple[str, str]] = []
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            rows += flat(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", str(value)))
    return rows
