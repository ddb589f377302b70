"""``dvc exp run -S``: what a changed parameter makes run again, and comparing the results."""

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.pipeline.project import BUDGETS, CELLS, VARIANTS, Project, stages_run
from tests.support import REPOSITORY

VECTORS_GRID = [f"{stage}@{cell}" for stage in ("sgns-grid", "lens-grid") for cell in CELLS]
BASELINE = [f"classify-baseline@{budget}" for budget in BUDGETS]
CLASSIFY = [f"classify@{budget}" for budget in BUDGETS]
CLASSIFY_GRID = [f"classify-grid@{cell}" for cell in CELLS]
CLASSIFY_VARIANTS = [f"classify-variant@{name}" for name in VARIANTS]
FAIR = [*BASELINE, *CLASSIFY, *CLASSIFY_GRID, *CLASSIFY_VARIANTS]
USUAL_BASELINE = [f"classify-usual-baseline@{budget}" for budget in BUDGETS]
USUAL = [f"classify-usual@{budget}" for budget in BUDGETS]
CLASSIFIERS = [*FAIR, *USUAL_BASELINE, *USUAL]
LAST = ["explore", "report"]
SGNS_VARIANTS = [f"sgns-variant@{name}" for name in VARIANTS]
AFTER_TOKENIZE = ["sgns", "lens", *VECTORS_GRID, *SGNS_VARIANTS, *CLASSIFIERS, *LAST]
STARTS = [*CLASSIFY, *USUAL]  # from the vectors under test
AFTER_R_OR_K = ["sgns", "lens", *SGNS_VARIANTS, *STARTS, *CLASSIFY_VARIANTS, *LAST]


def test_an_experiment_runs_what_it_must_and_a_clone_without_cache_compares_it(
    finished_project: Project, project: Project, tmp_path: Path
) -> None:
    output = project.output("dvc", "exp", "run", "-S", "sgns.K=2", "-n", "two")
    assert sorted(stages_run(output)) == sorted(["check", *AFTER_R_OR_K, "export"])
    project.commit("Two negatives per positive")
    clone = project.clone(tmp_path / "clone")
    assert not (clone.root / ".dvc/cache").exists()
    plots = json.loads(clone.output("dvc", "plots", "diff", "--json", "HEAD~1", "HEAD"))["data"]
    declared = yaml.safe_load(project.read("dvc.yaml"))["plots"]
    assert set(plots) == {name for plot in declared for name in plot}
    for plot in plots.values():
        points = [point for part in plot for point in part["content"]["data"]["values"]]
        assert {point["rev"] for point in points} == {"HEAD~1", "HEAD"}
    changes = json.loads(clone.output("dvc", "metrics", "diff", "--json", "HEAD~1"))
    loss = changes["plots/metrics.json"]["sgns_validation_loss"]
    for end, told in (("old", finished_project), ("new", project)):
        assert loss[end] == json.loads(told.read("plots/metrics.json"))["sgns_validation_loss"]


MORE_CELLS = [*CELLS, "R2-K4", "R7-K1"]
NEW_CELLS = [f"{of}-grid@{cell}" for of in ("sgns", "lens", "classify") for cell in MORE_CELLS[-2:]]
MORE_VARIANTS = VARIANTS | {"another": {"corpus": "both", "objective": "infonce"}}
NEW_VARIANT = f"variants={json.dumps(MORE_VARIANTS)}"
PLANS = {
    "sgns.K=3": AFTER_R_OR_K,
    "sgns.lr=0.04": [name for name in AFTER_TOKENIZE if name not in [*BASELINE, *USUAL_BASELINE]],
    "sgns.dim=9": AFTER_TOKENIZE,
    # Random rows are of the words that SGNS knows by this text.
    "sgns.corpus=both": [
        *("sgns", "lens", *VECTORS_GRID),
        *(*BASELINE, *USUAL_BASELINE, *STARTS, *CLASSIFY_GRID, *LAST),
    ],
    "sgns.objective=infonce": ["sgns", "lens", *VECTORS_GRID, *STARTS, *CLASSIFY_GRID, *LAST],
    NEW_VARIANT: ["sgns-variant@another", "classify-variant@another", *LAST],
    f"ablation.cells={json.dumps(MORE_CELLS)}": [*NEW_CELLS, *LAST],
    "ablation.budgets=[20]": [*CLASSIFY_GRID, *LAST],
    "classify.budgets=[20, 40, 60]": [
        *(f"classify{kind}@60" for kind in ("-baseline", "", "-usual-baseline", "-usual")),
        *CLASSIFY_VARIANTS,
        *LAST,
    ],
    "classify.lr=0.01": [*FAIR, *LAST],
    "classify.embedding_norm=0.4": [*CLASSIFIERS, *LAST],
    "usual.lr=0.002": [*USUAL_BASELINE, *USUAL, *LAST],
    "tokenize.min_count=2": ["tokenize", *AFTER_TOKENIZE],
    "seed=1": ["tokenize", *AFTER_TOKENIZE],
    "data.pretrain.name=other-text": ["download", "tokenize", *AFTER_TOKENIZE],
}
PAGE = REPOSITORY / "docs/pipeline.md"
COLOUR = "a colour in `stages/report/style.py`"
SHARED = [
    path.relative_to(REPOSITORY / "stages").as_posix()
    for package in ("ablation", "core", "results", "sampling", "texts", "vectors")
    for path in sorted((REPOSITORY / "stages" / package).glob("[a-z]*.py"))
]


# Prints, for each parameter file, the stages that are out of date and those that follow them.
PLAN = """
import json, shutil, sys
from dvc.repo import Repo
for path in sys.argv[1:]:
    shutil.copy(path, "params.yaml")
    with Repo() as repo, repo.lock:
        followers = {}
        for stage, before in repo.index.graph.edges:
            followers.setdefault(before.addressing, []).append(stage.addressing)
        # The output of check is always the same, so that nothing follows from it.
        changed = {stage.addressing for stage in repo.index.stages if stage.status()}
        found = sorted(changed - {"check"})
        for name in found:
            found += [after for after in followers.get(name, []) if after not in found]
        print("plan", json.dumps(found))
"""


@pytest.fixture(scope="module")
def plans(
    finished_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, set[str]]:
    """What DVC would run, by changed parameter; nothing is run."""
    project = finished_project.copy(tmp_path_factory.mktemp("planned") / "project")
    files = []
    for number, change in enumerate(PLANS):
        key, value = change.split("=")
        project.set_params({key: yaml.safe_load(value)})
        files.append(project.root.with_name(f"{number}.yaml"))
        shutil.copy(project.root / "params.yaml", files[-1])
    return dict(zip(PLANS, planned(project, *files), strict=True))


def planned(project: Project, *params: Path) -> list[set[str]]:
    """Return what DVC would run with each of these parameter files."""
    lines = project.output("python", "-c", PLAN, *map(str, params)).splitlines()
    return [set(json.loads(line[5:])) for line in lines if line.startswith("plan ")]


@pytest.mark.parametrize("change", PLANS)
def test_parameter_puts_out_of_date_what_depends_on_it(
    plans: dict[str, set[str]], change: str
) -> None:
    assert plans[change] == {*PLANS[change], "export"}


def test_a_colour_draws_the_report_alone(project: Project, tmp_path: Path) -> None:
    style = project.root / "stages/report/style.py"
    style.write_text(style.read_text("utf-8") + "\nANOTHER_BLUE = '#0000aa'\n", "utf-8")
    params = Path(shutil.copy(project.root / "params.yaml", tmp_path / "params.yaml"))
    assert planned(project, params) == [{"report", "export"}]


def told(title: str) -> dict[str, str]:
    """Return a table of the page on the pipeline, by its first column."""
    page = PAGE.read_text(encoding="utf-8")
    rows = page.split(f"| {title} | runs |")[1].split("\n\n")[0].splitlines()[2:]
    pairs = (row.strip("|").split("|") for row in rows)
    return {change.strip(): runs for change, runs in pairs}


def test_the_page_says_what_a_change_runs() -> None:
    table = {
        name.strip("`"): set(re.findall(r"`([a-z-]+)`", r)) for name, r in told("change of").items()
    }
    names = {change.split("=")[0]: {s.split("@")[0] for s in PLANS[change]} for change in PLANS}
    names["a new variant"] = names.pop("variants")
    names[COLOUR.strip("`")] = {"report"}
    assert len(table) == 11
    assert table == {change: names[change] for change in table}


@pytest.mark.parametrize("module", SHARED)
def test_the_page_says_what_an_edit_of_shared_code_runs(module: str) -> None:
    stages = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))["stages"]
    path = Path("stages", module)
    runs = {
        name
        for name, stage in stages.items()
        if any(path.is_relative_to(dep) for dep in stage.get("do", stage)["deps"])
    }
    table = {key.strip("`"): row for key, row in told("edit in").items()}
    row = table.get(module, table.get(module.split("/", maxsplit=1)[0], ""))
    words = re.findall(r"`([a-z…-]+)`", row.replace("everything", "`…`"))
    assert runs == {"report"} | {
        name
        for name in stages
        for word in words
        if (name.startswith(word[:-1]) if word.endswith("…") else name == word)
    }


def reached(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return every pair of stages of which the second depends on the first."""
    while more := {(a, d) for a, b in edges for c, d in edges if b == c} - edges:
        edges = edges | more
    return edges


def test_the_graph_that_is_drawn_is_that_of_dvc(finished_project: Project) -> None:
    found = re.findall(r'"(.+)" -> "(.+)"', finished_project.output("dvc", "dag", "--dot"))
    graph = {(a.split("@")[0], b.split("@")[0]) for a, b in found}
    page = PAGE.read_text(encoding="utf-8")
    drawn = set()
    for line in page.split("flowchart LR\n")[1].split("```")[0].splitlines():
        steps = [step.split(" & ") for step in line.strip().split(" --> ")]
        drawn |= {(a, b) for froms, tos in pairwise(steps) for a in froms for b in tos}
    assert reached(drawn) == reached(graph)


@pytest.mark.slow
def test_other_validation_rows_keep_the_vectors(project: Project) -> None:
    # tokenize runs, but the ids that SGNS reads come out the same, but for the pool's own text.
    output = project.output("dvc", "exp", "run", "-S", "data.validation=61")
    expected = ["check", "tokenize", "sgns-variant@in-domain", *CLASSIFIERS, *LAST, "export"]
    assert sorted(stages_run(output)) == sorted(expected)
