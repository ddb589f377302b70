"""What ``dvc.yaml`` says a stage depends on is what its process imports, opens and reads.

That is noted while the finished project is made; see ``recording``.

A dependency that is forgotten is a stage that silently keeps old results; one too many retrains
models for nothing.
"""

import ast
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.core.sealed import SEAL
from tests.pipeline.project import Project
from tests.support import REPOSITORY, raw_params

STAGES = list(yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))["stages"])
# Where in params.yaml the fields of a class are; those of the settings of a stage are sections.
SECTIONS = {
    "DataParams": "data",
    "PretrainParams": "data.pretrain",
    "PretrainSplits": "data.pretrain.splits",
    "DownstreamParams": "data.downstream",
    "DownstreamSplits": "data.downstream.splits",
    "TokenizeParams": "tokenize",
    "SgnsParams": "sgns",
    "VariantParams": "variants",
    "AblationParams": "ablation",
    "ClassifyParams": "classify",  # a class of its own, though it extends the next
    "RecipeParams": "usual",
}
GIVEN = {
    "models": {"sgns.models"},
    "R": {"sgns.R"},
    "K": {"sgns.K"},
    "cell": {"sgns.R", "sgns.K"},
    "corpus": {"sgns.corpus"},
    "objective": {"sgns.objective"},
}


@dataclass(frozen=True)
class Recorded:
    """A stage as dvc.lock knows it, and the notes of a run of it."""

    entry: dict[str, Any]
    notes: set[tuple[str, str]]

    def noted(self, kind: str) -> set[str]:
        return {what for noted, what in self.notes if noted == kind}

    def declared(self, code: bool) -> set[str]:
        paths = {dep["path"] for dep in self.entry.get("deps", [])}
        return {path for path in paths if path.startswith("stages") == code}

    def parameters(self) -> set[str]:
        """Return the dotted keys that dvc.lock holds values of."""
        return set(self.entry.get("params", {}).get("params.yaml", {}))


@pytest.fixture(scope="module", params=STAGES)
def recorded(request: pytest.FixtureRequest, finished_project: Project) -> Recorded:
    """A stage, or the first of those that a grid or list makes, as it ran."""
    locked = yaml.safe_load(finished_project.read("dvc.lock"))["stages"]
    name = next(name for name in locked if name.split("@")[0] == request.param)
    lines = (finished_project.notes / name).read_text(encoding="utf-8").splitlines()
    notes = {(kind, what) for kind, _, what in (line.partition(" ") for line in lines)}
    python, flag, module, *_ = shlex.split(locked[name]["cmd"])
    assert (python, flag) == ("python", "-m")
    return Recorded(locked[name], notes | {("import", f"{module}.__main__")})


def covers(declared: str, path: str, separator: str) -> bool:
    return path == declared or path.startswith(declared + separator)


def test_code_is_what_is_imported(recorded: Recorded) -> None:
    modules = {Path(*name.split(".")) for name in recorded.noted("import")}
    # A package's own file holds no code: see below.
    imported = {f"{module}.py" for module in modules if (REPOSITORY / f"{module}.py").exists()}
    declared = recorded.declared(code=True)
    missing = {path for path in imported if not any(covers(d, path, "/") for d in declared)}
    unused = {d for d in declared if not any(covers(d, path, "/") for path in imported)}
    assert (missing, unused) == (set(), set())


def test_inputs_are_what_is_opened(recorded: Recorded) -> None:
    outputs = {out["path"] for out in recorded.entry["outs"]}
    # What is written is built beside its place, under a name of its own.
    opened = {
        re.sub(r"/\.([^/]+?)(\.replaced)?\.partial", r"/\1", p) for p in recorded.noted("open")
    }
    declared = recorded.declared(code=False)
    # A seal tells whether a file is whole, and no more: a stage depends on the file.
    seals = {f"{Path(path).parent}/{SEAL}" for path in declared}
    known = declared | outputs | seals
    assert {path for path in opened if not any(covers(d, path, "/") for d in known)} == set()


def test_parameters_are_what_is_read(recorded: Recorded) -> None:
    given = set(re.findall(r"--(\w+)", recorded.entry["cmd"]))
    read = set()
    for noted in recorded.noted("read"):
        kind, name = noted.split(".")
        key = f"{SECTIONS[kind]}.{name}" if kind in SECTIONS else name
        if key not in set().union(*(GIVEN.get(option, set()) for option in given)):
            read.add(key)
    # Of a section that is read for some of its keys, these are what counts.
    read = {key for key in read if not any(covers(key, other, ".") for other in read - {key})}
    declared = recorded.parameters()
    if recorded.entry["cmd"] == "python -m stages.check":
        assert declared == set(raw_params())
        return
    missing = {key for key in read if not any(covers(d, key, ".") for d in declared)}
    unused = {d for d in declared if not any(covers(d, key, ".") for key in read)}
    assert (missing, unused) == (set(), set())


def test_packages_files_hold_no_code() -> None:
    for path in (REPOSITORY / "stages").rglob("__init__.py"):
        if path.parent.name == "core":  # on which all stages depend as a whole
            continue
        _, *code = ast.parse(path.read_text(encoding="utf-8")).body
        outermost = path.parent == REPOSITORY / "stages"  # it has the core imported first, no more
        assert list(map(ast.unparse, code)) == ["from stages import core as core"] * outermost, path
