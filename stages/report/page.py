"""``report.html``: everything in one file that opens from disk and can be mailed."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from stages.files.classifiers import TEST_ACCURACY
from stages.params.whole import Params
from stages.report import lens
from stages.report.pictures import Picture
from stages.report.statistics import intervals_by
from stages.report.style import Drawn
from stages.report.summary import TEXT_COLUMNS, evidence, headline, results
from stages.report.tables import Tables

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
    return f"{value:,.{column.digits}f}", repr(float(value))


def render(
    tables: Tables,
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
    return environment.get_template("report.html.j2").render(
        title=manifest["title"],
        headline=headline(tables),
        results=results(tables, params, manifest["title"]),
        evidence=evidence(tables, params),
        text_columns=TEXT_COLUMNS,
        pictures=[(picture, as_image(drawn)) for picture, drawn in pictures],
        grid=grid_table(tables),
        neighbours=neighbours_table(tables),
        made_from={
            "Parameters": flat(params.model_dump()),
            "Data": flat(manifest),
            "Tokens": flat(statistics),
        },
    )


def grid_table(tables: Tables) -> Table:
    """Return accuracy and the vectors' geometry for every R and K."""
    accuracy = intervals_by(tables.ablation, ["R", "K"], TEST_ACCURACY)
    frame = lens.cells(tables).merge(accuracy, on=["R", "K"])
    frame["accuracy"] = 100 * frame["mean"]
    frame["half"] = 50 * (frame["high"] - frame["low"])
    columns = [
        Column("R", "R", 0),
        Column("K", "K", 0),
        Column("accuracy", "test accuracy, %", 2),
        Column("half", "±", 2),
        Column("mean_cosine_centre", "mean cosine", 3),
        Column("effective_rank", "effective rank", 1),
        Column("uniformity", "uniformity", 2),
        Column("alignment", "alignment", 3),
        Column("retrieval", "retrieval", 3),
        Column("pmi_correlation", "r with PMI", 3),
        Column("above_floor", "loss above floor", 3),
        Column("stability", "stability", 3),
    ]
    return Table.of("grid", frame, columns)


def neighbours_table(tables: Tables) -> Table:
    """Return a row a frequent word: its nearest words with their cosines."""
    rows = []
    for word, near in tables.neighbours.groupby("word", sort=False):
        pairs = near.head(NEIGHBOURS)[["neighbour", "cosine"]].itertuples(index=False, name=None)
        rows.append((word, ", ".join(f"{other} {cosine:.2f}" for other, cosine in pairs)))
    frame = pd.DataFrame(rows, columns=["word", "near"])
    columns = [Column("word", "word"), Column("near", "nearest words, with cosines")]
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
