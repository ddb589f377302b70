import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib.text
from matplotlib.figure import Figure

from stages.report.figures import all_figures, label_ends, paired_gains
from stages.report.style import new_figure, save
from tests.report.synthetic import SEEDS, params, tables

SOURCE = "Some text to some labels (12 rows)"


def texts(figure: Figure) -> Iterator[str]:
    for artist in figure.findobj(matplotlib.text.Text):
        assert isinstance(artist, matplotlib.text.Text)
        yield artist.get_text()


def test_every_figure_names_its_data_and_its_seeds() -> None:
    figures = all_figures(tables(), params(), SOURCE)
    assert set(figures) == {
        *("accuracy_by_labels", "curves_by_R", "curves_by_K", "curves_100", "curves_400"),
        *("grid", "sgns_loss", "lens", "theory", "variants", "attention"),
    }
    for name, figure in figures.items():
        note = " ".join(texts(figure))
        assert SOURCE in note
        seeds = {
            "sgns_loss": "2 seeds",
            "lens": "2 seeds",
            "theory": "2 seeds",
            "attention": "1 seed",
        }
        assert seeds.get(name, f"{SEEDS} seeds") in note


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    for run in ("a", "b"):
        for name, figure in all_figures(tables(), params(), SOURCE).items():
            save(figure, tmp_path / run / f"{name}.png")
    for path in (tmp_path / "a").iterdir():
        content = path.read_bytes()
        assert content == (tmp_path / "b" / path.name).read_bytes()
        assert content.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", content[16:24])
        assert width > 500 and height > 300


def test_gains_are_paired_by_seed() -> None:
    gains = paired_gains(tables().results)
    assert gains["mean"].round(6).tolist() == [6.0, 2.0]
    # The same gain at every seed: the pairing leaves no spread at all.
    assert (gains["high"] - gains["low"]).abs().max() < 1e-9


def test_labels_of_lines_that_end_together_are_moved_apart() -> None:
    _, (axes,) = new_figure(1)
    axes.set_ylim(0, 1)
    label_ends(axes, {"a": (1, 0.5, "k"), "b": (1, 0.5, "k"), "c": (1, 0.9, "k")})
    heights = sorted(float(label.xy[1]) for label in axes.texts)  # type: ignore[attr-defined]
    assert heights[1] - heights[0] > 0.05 and heights[2] == 0.9


def test_one_seed_draws_without_bands() -> None:
    every = tables()
    results, ablation, history = (
        table[table["seed"] == 0] for table in (every.results, every.ablation, every.history)
    )
    one = replace(every, results=results, ablation=ablation, history=history)
    classify = params().classify.model_copy(update={"seeds": 1})
    figures = all_figures(one, params().model_copy(update={"classify": classify}), SOURCE)
    assert "confidence" not in " ".join(texts(figures["curves_100"]))
