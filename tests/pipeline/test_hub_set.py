"""A data set of the Hub with columns, splits and labels of its own, from its name to the report."""

import csv
import json
from typing import Any

import pytest

from tests.hub_server import AG_NEWS_REVISION, HubServer, repo_of
from tests.pipeline.corpus import DOWNSTREAM_NAME, PRETRAIN_NAME, TOPICS
from tests.pipeline.project import Project

NAMES = ("Gärten", "हार्बर", "cuisine", "<workshop>")  # what a card may name them


def labelled(project: Project, split: str) -> list[dict[str, Any]]:
    """Return the project's rows as a Hub set might have them: title apart, integer labels."""
    with (project.data / DOWNSTREAM_NAME / f"{split}.csv").open(encoding="utf-8") as file:
        rows = [(row["label"], row["text"].partition(" ")) for row in csv.DictReader(file)]
    return [{"id": 7, "topic": TOPICS.index(t), "title": a, "body": b} for t, (a, _, b) in rows]


@pytest.mark.slow
def test_a_set_with_other_columns_leads_to_a_report(unrun_project: Project) -> None:
    project = unrun_project
    text = (project.data / PRETRAIN_NAME / "train.txt").read_text("utf-8").splitlines()
    articles = [{"id": str(i), "url": "u", "title": "t", "text": row} for i, row in enumerate(text)]
    splits = {"train": labelled(project, "train"), "dev": labelled(project, "test")}
    repos = [
        repo_of("someone/topics", splits, {"topic": NAMES}),
        repo_of("someone/articles", {"train": articles}, {}, "20260101.xx"),
    ]
    changes: dict[str, Any] = {
        "data.source": "hub",
        "data.pretrain.revision": AG_NEWS_REVISION,
        "data.downstream.revision": AG_NEWS_REVISION,
        "data.pretrain.name": "articles",
        "data.pretrain.hub_id": "someone/articles",
        "data.pretrain.config": "20260101.xx",
        "data.downstream.name": "topics",
        "data.downstream.hub_id": "someone/topics",
        "data.downstream.config": None,
        "data.downstream.text": ["title", "body"],
        "data.downstream.label": "topic",
        "data.downstream.splits": {"train": "train", "test": "dev"},
    }
    project.set_params(changes)
    with HubServer(repos) as server:
        done = project.run("dvc", "repro", HF_ENDPOINT=server.endpoint, W2V_DATA_DIR="")
    assert done.returncode == 0, done.stdout + done.stderr
    page = project.read("plots/report.html")
    for name in ("Gärten", "हार्बर", "cuisine", "&lt;workshop&gt;"):
        assert name in page
    assert json.loads(project.read("plots/data.json"))["raw"]["title"].startswith(
        "articles to topics (320 rows)"
    )
