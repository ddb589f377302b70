"""README and docs keep their promises: what they name exists, numbers are those committed."""

import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")
STUDIES = ROOT / "studies/README.md"
OUTPUTS = {ROOT.resolve() / "plots", ROOT.resolve() / "studies/plots"}
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def tracked() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return {str(path) for name in listed for path in (Path(name), *Path(name).parents)}


def anchors(page: Path) -> set[str]:
    """Return what can follow # in a link to a page."""
    titles = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@each_page
def test_every_relative_link_leads_somewhere(page: Path, tracked: set[str]) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        found = (page.parent / path).resolve() if path else page
        assert str(found.relative_to(ROOT.resolve())) in tracked, target
        assert not anchor or anchor in anchors(found), target
    code = r"\b(?:stages|studies|tests|tools|benchmarks)/[\w/]+\.\w+\b"
    assert set(re.findall(code, page.read_text(encoding="utf-8"))) <= tracked


@pytest.mark.parametrize("page", [*PAGES, STUDIES], ids=lambda page: page.name)
def test_every_picture_is_of_committed_results(page: Path) -> None:
    for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        # Of these, DVC tells whether they are up to date. The other shows what a page looks like.
        assert (
            target.endswith("explore.png") or (page.parent / target).resolve().parent in OUTPUTS
        ), target


def test_every_page_can_be_found_from_the_readme() -> None:
    missing = [page.name for page in PAGES[1:] if f"({page.relative_to(ROOT)})" not in README]
    assert missing == []


def test_what_messages_say_of_the_pages_is_there() -> None:
    code = "".join(path.read_text("utf-8") for path in sorted((ROOT / "stages").rglob("*.py")))
    said = [(t, "README.md") for t in re.findall(r"README \"\s*\"says under '([^']+)'", code)]
    said += re.findall(r'see "([^"]+)" in ([\w/]+\.md)', code)
    assert len(said) == 2
    for title, page in said:
        assert re.search(f"(?m)^#+ {title}$", (ROOT / page).read_text("utf-8")), title


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 120


def test_the_table_of_stages_is_the_pipeline() -> None:
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    table = TEXT.split("## What runs\n")[1].split("The code of a stage")[0]
    assert re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE) == list(pipeline["stages"])


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?m)(?:^|`)make ([a-z][a-z-]*)", TEXT)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_parameter_exists() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, key in set(
        re.findall(r"`(data|tokenize|sgns|ablation|classify|usual)\.(\w+)", TEXT)
    ):
        assert key in params[section], f"{section}.{key}"


def test_the_verdicts_told_in_short_are_those_of_the_table() -> None:
    found = pd.read_csv(ROOT / "plots/claims.csv", index_col="claim")
    page = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    told = re.findall(
        r"(supported|contradicted|inconclusive) \(([^)]+)\)(?:: ([+-][\d.]+))?",
        page.split("<!-- evidence -->")[0],
    )
    named = {claim for _, claims, _ in told for claim in claims.split(", ")}
    assert named >= {claim for claim in found.index if claim[0] in "134" or claim[:2] == "2b"}
    for verdict, claims, estimate in told:
        for claim in claims.split(", "):
            assert found.verdict[claim] == verdict, claim
            if estimate:
                digits = len(estimate.split(".")[1])
                assert f"{found.estimate[claim]:+.{digits}f}" == estimate, claim


def test_the_first_screen_tells_what_the_tables_hold() -> None:
    labels = pd.read_csv(ROOT / "plots/labels.csv", index_col="n_labels")
    gains = pd.read_csv(ROOT / "plots/gain_by_labels.csv").query("series == 'word2vec'")
    for n, mean, low, high in gains[["n_labels", "mean", "low", "high"]].to_numpy()[[0, -1]]:
        vanilla, ours = (100 * labels.loc[n, name] for name in ("vanilla", "word2vec"))
        gain = f"{mean:+.1f} ± {(high - low) / 2:.1f}"
        assert f"| {n:,.0f} | {vanilla:.1f} % | {ours:.1f} % | {gain} |" in README
    parts = pd.read_csv(ROOT / "plots/parts.csv").query("n_labels == 500")
    points = dict(zip(parts["part"], parts["mean"], strict=True))
    usual, scale = f"{points['total']:+.1f}", f"{points['initial scale']:.1f}"
    assert f"shows {usual} points with 500 labels: {scale} of them" in README
    needed = pd.read_csv(ROOT / "plots/equivalent_labels.csv")["vanilla_labels"].tolist()[0]
    assert f"| {round(needed, -1):,.0f} |" in README


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("answer", "plots/answer.md"),
        ("evidence", "plots/evidence.md"),
        ("counts", "studies/plots/counts.md"),
        ("tuned", "studies/results/tuned.md"),
        *((name, f"studies/plots/{name}.md") for name in ("travel", "epochs", "subwords", "text")),
    ],
)
def test_the_numbers_are_those_of_the_committed_run(name: str, path: str) -> None:
    command = ["git", "show", f"HEAD:{path}"]
    committed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    text = TEXT + STUDIES.read_text("utf-8")
    shown = text.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]
    # Of the study, the page shows the outcome and leaves out what was taken.
    assert shown.strip() == committed.split("\nWhat was taken:")[0].strip()
