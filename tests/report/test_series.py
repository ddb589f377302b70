import pandas as pd
import pytest

from stages.ablation.cell import Cell
from stages.report.findings import find
from stages.report.tables import along_axis, fixed_value
from tests.report.synthetic import EPOCHS, findings, params, tables


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    """The only row with these values."""
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_curves_have_a_panel_for_each_number_of_labels() -> None:
    every = findings().series
    accuracy, loss = every["curves_accuracy"], every["curves_loss"]
    assert list(dict.fromkeys(accuracy["panel"])) == ["100 labels", "400 labels"]
    # 0.84 + seeds' mean 0.001 + gain 0.02 - 0.1 / epoch
    for epoch, expected in zip(EPOCHS, (76.1, 81.1), strict=True):
        found = row(accuracy, panel="400 labels", series="word2vec", epoch=epoch)
        assert found["mean"] == pytest.approx(expected)
    assert row(loss, panel="400 labels", series="vanilla", epoch=2)["mean"] == pytest.approx(0.3)


def test_an_axis_has_a_series_for_each_value_of_the_other() -> None:
    series = findings().series
    assert set(series["radius"]["series"]) == {"K = 1", "K = 4", "vanilla"}
    few = {"panel": "100 labels"}
    assert row(series["radius"], R=5, series="K = 4", **few)["mean"] == pytest.approx(84.61)
    assert row(series["negatives"], K=4, series="R = 2", **few)["mean"] == pytest.approx(81.61)
    assert row(series["grid"], R=2, K=1, n_labels=100)["mean"] == pytest.approx(81.91)
    for axis, name in (("R", "radius"), ("K", "negatives")):
        assert list(dict.fromkeys(series[name]["panel"])) == ["100 labels", "400 labels"]
        vanilla = series[name].query("series == 'vanilla' and n_labels == 400")
        assert vanilla["mean"].tolist() == pytest.approx([84.1, 84.1]), axis


@pytest.mark.parametrize(
    ("cells", "main", "radius", "negatives"),
    [
        (("R2-K1", "R5-K1", "R5-K4"), "R5-K1", {"K = 1"}, {"R = 5"}),
        (("R2-K1", "R5-K4"), "R5-K1", set(), set()),
        # A main value at which no two cells differ: the one with most cells.
        (("R2-K1", "R5-K4", "R9-K4"), "R2-K1", {"K = 4"}, set()),
    ],
)
def test_an_axis_has_the_lines_that_there_are(
    cells: tuple[str, ...], main: str, radius: set[str], negatives: set[str]
) -> None:
    """Of a cross it has one; of cells that share nothing, none."""
    sgns = params().sgns.model_copy(update=Cell.of(main)._asdict())
    series = find(tables(cells), params(cells).model_copy(update={"sgns": sgns})).series
    for axis, lines in (("radius", radius), ("negatives", negatives)):
        assert set(series[axis]["series"]) == lines | ({"vanilla"} if lines else set())
    assert len(series["grid"]) == 2 * len(cells)


def test_an_axis_is_varied_at_the_main_value_of_the_other_or_where_most_cells_are() -> None:
    cross = params(["R2-K1", "R5-K4", "R9-K4"])
    assert (fixed_value(cross, "R"), along_axis(cross, "R")) == (4, [5, 9])
    assert (fixed_value(params(), "R"), along_axis(params(), "R")) == (1, [2, 5])


def test_sgns_loss_is_of_the_main_models_and_held_out_before_training_too() -> None:
    table = findings().series["sgns_loss"]
    held_out = table[table["series"] == "held out"]
    assert held_out["epoch"].tolist() == [0, 1, 2]
    assert held_out["mean"].tolist() == pytest.approx([2.4, 2.3, 2.2])
    assert table[table["series"] == "training"]["epoch"].tolist() == [1, 2]
