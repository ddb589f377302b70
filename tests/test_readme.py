"""The README keeps its promises: what it names exists, and its numbers are those committed."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_relative_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    for target in targets:
        assert any(path == target or path.startswith(f"{target}/") for path in tracked), target


def test_the_table_of_stages_is_the_pipeline() -> None:
    pipeline = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    table = README.split("## What runs")[1].split("The code of a stage")[0]
    assert re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE) == list(pipeline["stages"])


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?m)(?:^|`)make ([a-z][a-z-]*)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_parameter_exists() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, key in set(
        re.findall(r"`(data|tokenize|sgns|ablation|classify|usual)\.(\w+)", README)
    ):
        assert key in params[section], f"{section}.{key}"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("answer", "plots/answer.md"),
        ("evidence", "plots/evidence.md"),
        ("counts", "studies/plots/counts.md"),
        ("tuned", "studies/results/tuned.md"),
    ],
)
def test_the_numbers_are_those_of_the_committed_run(name: str, path: str) -> None:
    committed = subprocess.run(
        ["git", "show", f"HEAD:{path}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    shown = README.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]
    # Of the study, the README shows the outcome and leaves out what was taken.
    assert shown.strip() == committed.split("\nWhat was taken:")[0].strip()
