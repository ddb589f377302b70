"""The locks hold what is named; what code imports is named."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
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
    assert not [package for package in lock if package.startswith(("nvidia-", "cuda-", "triton"))]
    text = (ROOT / f"{name}.lock").read_text("utf-8")
    assert "://" not in text, "a lock names no package index"


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
