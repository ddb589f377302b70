import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.text
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from stages.report.drawing import drawable, label_ends
from stages.report.figures import attention, left_out_of_attention
from stages.report.pictures import all_pictures
from stages.report.style import SMALL_SVG, Drawn, look, new_figure
from tests.report.synthetic import SEEDS, findings, params
from tests.support import files_below

SOURCE = "Some text to some labels (12 rows)"


def texts(figure: Figure) -> Iterator[str]:
    for artist in figure.findobj(matplotlib.text.Text):
        assert isinstance(artist, matplotlib.text.Text)
        yield artist.get_text()


ONE_SEED = {"attention", "scores", "words"}
OF_MODELS = {"sgns_loss", "lens", "theory"}


def test_every_figure_names_its_data_and_its_runs() -> None:
    pictures = all_pictures(findings(), params(), SOURCE)
    for picture in pictures:
        note = " ".join(texts(picture.figure))
        assert SOURCE in note and picture.title in note
        seeds = "1 run" if picture.name in ONE_SEED else f"{SEEDS} runs"
        assert ("2 runs" if picture.name in OF_MODELS else seeds) in note


def test_pictures_are_the_same_bytes_and_say_nothing_of_when_or_by_what_they_were_drawn(
    tmp_path: Path,
) -> None:
    drawn, again = tmp_path / "drawn", tmp_path / "again"
    for folder in (drawn, again):
        for picture in all_pictures(findings(), params(), SOURCE):
            Drawn.of(picture.figure).save(folder, picture.name)
    assert files_below(drawn) == files_below(again)
    for path in drawn.glob("*.png"):
        with Image.open(path) as image:
            assert set(image.info) == {"dpi"} and min(image.size) > 300
    vectors = list(drawn.glob("*.svg"))
    assert len(vectors) > 5
    for path in vectors:
        assert path.stat().st_size <= SMALL_SVG
        root = ElementTree.parse(path).getroot()
        assert root.tag.endswith("svg") and "<dc:date>" not in path.read_text()


def test_bars_of_attention_are_as_long_as_the_shares() -> None:
    [figure] = [
        p.figure for p in all_pictures(findings(), params(), SOURCE) if p.name == "attention"
    ]
    axes = figure.axes[0]
    lengths = [patch.get_width() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert sorted(lengths, reverse=True) == [3.0, 2.9, 2.8]
    assert [label.get_text() for label in axes.get_yticklabels()][::-1] == [
        "amber", r"\$basin\$", "cedar"
    ]  # fmt: skip


def test_of_many_classes_the_largest_are_shown_in_two_rows() -> None:
    found = findings()
    rows = [(400, "word2vec", f"{i} {'long' * 50}", "w" * 200, 2.0, i) for i in range(77)]
    of_many = pd.DataFrame(rows, columns=found.tables.attention.columns)
    assert left_out_of_attention(found) == ""
    found = replace(found, tables=replace(found.tables, attention=of_many))
    assert left_out_of_attention(found) == " Of 77 classes, the 8 whose words occur most often."
    with look():
        figure = attention(found)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title.split()[0] for title in titles] == [str(i) for i in range(69, 77)]
    assert {len(title) for title in titles} == {28}
    tops = {axes.get_position().y1 for axes in figure.axes}
    assert len(tops) == 2


def test_nothing_of_the_users_matplotlibrc_reaches_a_figure() -> None:
    with mpl.rc_context({"text.usetex": True, "axes.facecolor": "red"}), look():
        assert not mpl.rcParams["text.usetex"] and mpl.rcParams["axes.facecolor"] == "white"


def test_labels_of_lines_that_end_together_are_moved_apart() -> None:
    _, (axes,) = new_figure(1)
    axes.set_ylim(0, 1)
    label_ends(axes, {"a": (1, 0.5, "k"), "b": (1, 0.5, "k"), "c": (1, 0.9, "k")})
    heights = sorted(float(label.xy[1]) for label in axes.texts)  # type: ignore[attr-defined]
    assert heights[1] - heights[0] > 0.05 and heights[2] == 0.9


def test_names_are_drawn_as_they_are_whatever_letters_they_have() -> None:
    name = r"$$ US$ $\frac$ \$ 東京 <b>&"
    figure, (axes,) = new_figure(1)
    axes.set(title=drawable(name))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = Drawn.of(figure)
    assert drawn.svg is not None
    assert name in "".join(ElementTree.fromstring(drawn.svg).itertext())
