"""Public data sets as the Hub has them: their columns, splits and labels, with made-up rows."""

import json
from typing import Any

import pytest

from tests.hub_server import AG_NEWS_REVISION, HubRepo, HubServer, repo_of
from tests.support import raw_params, run_python

PAIRS = [("bad", 0), ("good", 1)] * 20
FEW = [{"text": f"row {i} is {word}", "label": label} for i, (word, label) in enumerate(PAIRS)]


def jsonl_repo(repo_id: str, splits: dict[str, list[dict[str, Any]]]) -> HubRepo:
    files = {
        f"{split}.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()
        for split, rows in splits.items()
    }
    return HubRepo(repo_id, AG_NEWS_REVISION, {**files, "README.md": b"# A card without a header"})


DBPEDIA = [{"label": r["label"], "title": "One", "content": r["text"]} for r in FEW]
IMDB = {"train": FEW, "test": FEW, "unsupervised": [{"text": "unseen", "label": -1}]}
SST2 = [{"sentence": r["text"], "label": r["label"], "idx": i} for i, r in enumerate(FEW)]
GROUPS = [{**row, "label_text": "alt.atheism" if row["label"] else "sci.space"} for row in FEW]
REPOS = [
    repo_of("fancyzhx/dbpedia_14", {"train": DBPEDIA, "test": DBPEDIA}, {"label": ["Co", "Edu"]},
            "dbpedia_14"),
    repo_of("stanfordnlp/imdb", IMDB, {"label": ["neg", "pos"]}, "plain_text"),
    jsonl_repo("SetFit/20_newsgroups", {"train": GROUPS, "test": GROUPS}),
    jsonl_repo("own/holes", {"train": [*GROUPS, {"text": "a row", "label_text": None}]}),
    repo_of("nyu-mll/glue", {"train": SST2, "validation": SST2,
                             "test": [{**row, "label": -1} for row in SST2]},
            {"label": ["negative", "positive"]}, "sst2"),
    repo_of("wikimedia/wikipedia",
            {"train": [{"id": "1", "url": "u", "title": "t", **{"text": r["text"]}} for r in FEW]},
            {}, "20231101.xx"),
]  # fmt: skip

# What each needs of params.yaml beyond its name, and what it then is.
LAYOUTS: dict[str, tuple[dict[str, Any], dict[str, Any] | str]] = {
    "fancyzhx/dbpedia_14": (
        {"config": "dbpedia_14", "text": ["title", "content"]},
        {"classes": ["Co", "Edu"], "first": [0, "One row 0 is bad", 0]},
    ),
    "stanfordnlp/imdb alone": (
        {"config": "plain_text"},
        {"classes": ["neg", "pos"], "first": [0, "row 0 is bad", 0]},
    ),
    "SetFit/20_newsgroups": (
        {"config": None, "label": "label_text"},
        {"classes": ["alt.atheism", "sci.space"], "first": [1, "row 0 is bad", 0]},
    ),
    "nyu-mll/glue of its validation": (
        {"config": "sst2", "text": "sentence", "splits": {"train": "train", "test": "validation"}},
        {"classes": ["negative", "positive"], "first": [0, "row 0 is bad", 0]},
    ),
    "own/holes": (
        {"config": None, "label": "label_text"},
        "own/holes train on the Hub, row 41: label or text is empty",
    ),
    "stanfordnlp/imdb of all": (
        {"config": "plain_text", "splits": {"train": "all", "test": None}},
        "stanfordnlp/imdb on the Hub has no split 'all', but train, test, unsupervised; name them",
    ),
    "wikimedia/wikipedia": (
        {"config": "20231101.xx"},
        "there is no column 'label' (there are text); name the columns in params.yaml",
    ),
}

LOADED = """
import json
from stages.check.whole import parse_params
from stages.core.console import StageError
from stages.download import hub
from stages.download.sources import Source, load
hub.BATCH, found = 30, []
for content in json.load(open("contents.json")):
    try:
        data = load(parse_params(content).data, Source("hub", "the test"))
    except StageError as error:
        found.append(str(error))
        continue
    label, pre = data.downstream, data.pretrain
    first = next(iter(label.splits["train"]))
    found.append({
        "classes": label.classes,
        "rows": [label.tallies[split].rows for split in ("train", "test")],
        "first": [first.label, first.text, first.group],
        "text": {split: tally.rows for split, tally in pre.tallies.items()},
    })
print(json.dumps(found))
"""


def params_for(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Parameters by which this set is both the labelled data and the text."""
    content = raw_params({"data.source": "hub"})
    place = {"name": "own", "hub_id": name.split(" ", maxsplit=1)[0], "revision": AG_NEWS_REVISION}
    content["data"]["downstream"] |= place | changes
    text = {
        "name": "own" if name.endswith(" alone") else "wiki",
        "hub_id": "wikimedia/wikipedia",
        "config": "20231101.xx",
    }
    content["data"]["pretrain"] |= text | {"revision": AG_NEWS_REVISION}
    return content


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``datasets`` delivers of each, from a server on loopback."""
    cache = tmp_path_factory.mktemp("cache")
    contents = [params_for(name, changes) for name, (changes, _) in LAYOUTS.items()]
    (cache / "contents.json").write_text(json.dumps(contents))
    with HubServer(REPOS) as server:
        own = {"HF_ENDPOINT": server.endpoint, "HF_HOME": str(cache)}
        done = run_python(cache, "-c", LOADED, **own)
    assert done.returncode == 0, done.stderr
    return dict(zip(LAYOUTS, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_public_set_is_read_by_parameters_alone(loaded: dict[str, Any], name: str) -> None:
    expected, found = LAYOUTS[name][1], loaded[name]
    if isinstance(expected, str):
        assert expected in found
    else:
        text = found.pop("text")
        assert found == {**expected, "rows": [40, 40]}
        assert set(text) == {"train", "validation"} and sum(text.values()) == 40  # held out
