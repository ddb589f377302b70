"""``report.html``: everything in one file that opens from disk and can be mailed."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from stages.check.whole import Params
from stages.lens.columns import (
    ALIGNMENT,
    COSINE,
    EFFECTIVE_RANK,
    MEAN_COSINE_CENTRE,
    NEIGHBOUR,
    PMI_CORRELATION,
    RETRIEVAL,
    STABILITY,
    UNIFORMITY,
    WORD,
)
from stages.report.findings import Findings
from stages.report.pictures import Picture
from stages.report.style import Drawn
from stages.report.summary import TEXT_COLUMNS, evidence, headline, relations, results
from stages.report.tables import ABOVE_FLOOR, rounded

NEIGHBOURS = 8  # of each word


@dataclass(frozen=True)
class Column:
    """A column of an interactive table. digits: after the point; None for text."""

    key: str
    title: str
    digits: int | None = None


@dataclass(frozen=True)
class Table:
    """An interactive table: of each cell, what a reader sees and what it is sorted by."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[tuple[str, str]]]

    @classmethod
    def of(cls, name: str, frame: pd.DataFrame, columns: Sequence[Column]) -> "Table":
        """Take some of a data frame's columns."""
        rows = [
            [_cell(value, column) for value, column in zip(row, columns, strict=True)]
            for row in frame[[column.key for column in columns]].itertuples(index=False, name=None)
        ]
        return cls(name, columns, rows)


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
        made_from={
            "Parameters": flat(params.model_dump()),
            "Data": flat(manifest),
            "Tokens": flat(statistics),
        },
    )


def grid_table(found: Findings) -> Table:
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
        Column(MEAN_COSINE_CENTRE, "mean cosine", 3),
        Column(EFFECTIVE_RANK, "effective rank", 1),
        Column(UNIFORMITY, "uniformity", 2),
        Column(ALIGNMENT, "alignment", 3),
        Column(RETRIEVAL, "retrieval", 3),
        Column(PMI_CORRELATION, "r with PMI", 3),
        Column(ABOVE_FLOOR, "loss above floor", 3),
        Column(STABILITY, "stability", 3),
    ]
    return Table.of("grid", frame, columns)


def neighbours_table(neighbours: pd.DataFrame) -> Table:
    """Return a row a frequent word: its nearest words with their cosines."""
    rows = []
    for word, near in neighbours.groupby(WORD, sort=False):
        pairs = near.head(NEIGHBOURS)[[NEIGHBOUR, COSINE]].itertuples(index=False, name=None)
        rows.append((word, ", ".join(f"{other} {cosine:.2f}" for other, cosine in pairs)))
    frame = pd.DataFrame(rows, columns=[WORD, "near"])
    columns = [Column(WORD, "word"), Column("near", "nearest words, with cosines")]
    return Table.of("neighbours", frame, columns)


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
