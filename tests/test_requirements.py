"""The locks hold what is named and all that it pulls in; what code imports is named."""

import ast
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OURS = {"stages", "studies", "tests", "benchmarks", "tools"}
UNLOCKED = {"torch"}  # its wheels differ between package indexes


def named(file: str) -> dict[str, str]:
    """Return the packages that a file of requirements names, with their pins."""
    found: dict[str, str] = {}
    for line in (ROOT / file).read_text("utf-8").splitlines():
        text = line.split("#")[0].strip()
        if text.startswith("-r "):
            found |= named(text.removeprefix("-r "))
        elif text:
            requirement = Requirement(text)
            found[canonicalize_name(requirement.name)] = str(requirement.specifier)
    return found


def locked(file: str) -> dict[str, str]:
    """Return the entries of a lock, by package, each with its pin, hashes and origin."""
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / file).read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {canonicalize_name(re.split(r"[=\[]", entry)[0]): entry for entry in entries}


@pytest.mark.parametrize("name", ["requirements", "requirements-cluster", "requirements-dev"])
def test_the_lock_is_up_to_date(name: str) -> None:
    wanted = {k: pin for k, pin in named(f"{name}.txt").items() if k not in UNLOCKED}
    lock = locked(f"{name}.lock")
    for package, pin in wanted.items():
        assert package in lock, f"{package} is not in {name}.lock; run: make lock"
        assert f"{pin} " in lock[package], f"{package} has another version; run: make lock"
    direct = {k for k, entry in lock.items() if re.search(r"(via|#  +) -r requirements", entry)}
    assert direct == set(wanted), "a package is no longer required; run: make lock"
    for package, entry in lock.items():
        assert "==" in entry.splitlines()[0], package
        assert "--hash=sha256:" in entry, package
        assert not package.startswith(("nvidia-", "cuda-", "triton")), package
    text = (ROOT / f"{name}.lock").read_text("utf-8")
    assert "://" not in text, "a lock names no package index"
    assert "index-url" not in text, "a lock names no package index"


@pytest.mark.parametrize("name", ["requirements", "requirements-cluster", "requirements-dev"])
def test_the_lock_holds_all_that_its_packages_pull_in(name: str) -> None:
    lock = locked(f"{name}.lock")
    for package in [*lock, *(UNLOCKED & named(f"{name}.txt").keys())]:
        try:
            needs = distribution(package).requires or []
        except PackageNotFoundError:
            continue  # of another system
        for need in map(Requirement, needs):
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                needed = canonicalize_name(need.name)
                cuda = package in UNLOCKED and needed.startswith(("nvidia-", "cuda-", "triton"))
                assert needed in lock or needed in UNLOCKED or cuda, f"{package} needs {needed}"


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (["requirements.txt"], ["stages", "studies"]),
        (["requirements.txt", "requirements-cluster.txt"], ["tools"]),
        (["requirements-dev.txt"], ["tests", "benchmarks"]),
    ],
)
def test_every_import_is_named(files: list[str], folders: list[str]) -> None:
    modules = set[str]()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    modules.add(node.module.split(".")[0])
    owners = packages_distributions()
    for module in modules - OURS - sys.stdlib_module_names:
        packages = {canonicalize_name(package) for package in owners.get(module, [module])}
        wanted = set[str]().union(*map(named, files))
        assert packages & wanted, f"{module} is imported, but not in {' or '.join(files)}"


def test_checks_before_a_commit_and_on_a_server_are_those_of_make() -> None:
    before = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert [hook["entry"] for repo in before["repos"] for hook in repo["hooks"]] == ["make lint"]
    job = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))["jobs"]["test"]
    assert job["steps"][-1] == {"run": ".ci/run"}
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
