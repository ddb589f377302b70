"""``dvc plots``: every plot, filled by DVC, is a picture that has what it should show."""

import json
from typing import Any

import pytest
import vl_convert
import yaml

from tests.pipeline.project import BUDGETS, Project
from tests.support import REPOSITORY

PLOTS = [
    name
    for plot in yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))["plots"]
    for name in plot
]
PANELS = [f"{budget} labels" for budget in BUDGETS]
SHOWN = {
    "Test accuracy by number of labels": ["word2vec", "vanilla", "tfidf"],
    "Gain over vanilla by number of labels": ["word2vec", "in-domain"],
    "Validation accuracy by epoch": PANELS,
    "Validation loss by epoch": PANELS,
    "Test accuracy by context radius R": ["K = 1", "vanilla", *PANELS],
    "Test accuracy by negatives per positive K": ["R = 2", "vanilla", *PANELS],
    "SGNS loss per positive pair": ["training", "held out", "nats"],
}


@pytest.fixture(scope="module")
def specifications(finished_project: Project) -> dict[str, Any]:
    """What DVC hands to Vega-Lite, by plot."""
    shown = json.loads(finished_project.output("dvc", "plots", "show", "--json"))
    return {name: plots[0]["content"] for name, plots in shown["data"].items()}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_a_picture_with_its_series_and_bands(
    specifications: dict[str, Any], name: str
) -> None:
    specification = specifications[name]
    assert "<DVC_METRIC" not in json.dumps(specification)
    drawn = vl_convert.vegalite_to_svg(specification, vl_version="5.20")
    for text in (name, *SHOWN[name]):
        assert f">{text}</text>" in drawn, text
    band = specification.get("spec", specification)["layer"][0]
    assert band["mark"]["type"] == "area"
    assert (band["encoding"]["y"]["field"], band["encoding"]["y2"]["field"]) == ("low", "high")
    points = specification["data"]["values"]
    assert all(float(p["low"]) <= float(p["mean"]) <= float(p["high"]) for p in points)
