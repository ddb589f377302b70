"""Damage between stages: the next stage refuses the file in a sentence, or its result is right."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import yaml

from tests.faults.running import Stage, contents, finish, stage_of, start
from tests.faults.tally import SHARE, plan, survived, times
from tests.pipeline.project import Project

pytestmark = pytest.mark.faults

PARTS = 12  # for processes to share


def one_bit(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]


def line_lost(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    del lines[random.randrange(len(lines))]
    return b"".join(lines)


def line_twice(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    at = random.randrange(len(lines))
    return b"".join([*lines[:at], lines[at], *lines[at:]])


DAMAGES: dict[str, Callable[[bytes, Random], bytes]] = {
    "one bit": one_bit,
    "half": lambda content, _: content[: len(content) // 2],
    "a line lost": line_lost,
    "a line twice": line_twice,
    "empty": lambda *_: b"",
    "{}": lambda *_: b"{}\n",
}


def between_stages(project: Project) -> list[tuple[Path, list[str]]]:
    """Return every file that a stage leaves, with the stages that depend on it, one of a kind."""
    stages = yaml.safe_load(project.read("dvc.lock"))["stages"]
    found = []
    for out in [out["path"] for stage in stages.values() for out in stage["outs"]]:
        whole = project.root / out
        for path in sorted(whole.rglob("*")) if whole.is_dir() else [whole]:
            name = path.relative_to(project.root)
            readers = {
                reader.split("@")[0]: reader
                for reader, stage in stages.items()
                if any(name.is_relative_to(dep["path"]) for dep in stage["deps"])
            }
            if path.is_file() and readers:
                found.append((name, sorted(readers.values())))
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_every_file_between_stages(project: Project, part: int) -> None:
    random = plan("damage", part)
    files = between_stages(project)
    assert len(files) > 100
    cases = [(name, readers, damage) for name, readers in files for damage in DAMAGES][part::PARTS]
    for name, readers, damage in random.sample(cases, times(len(cases))):
        stage = stage_of(project, random.choice(readers))
        check_damaged(project, stage, name, damage, random)


def check_damaged(project: Project, stage: Stage, name: Path, damage: str, random: Random) -> None:
    """Damage a file, run a stage that depends on it, and put everything back."""
    story = f"FAULTS_SHARE={SHARE:g} {stage.name} with {name}: {damage}"
    path, right = project.root / name, contents(project.root, stage.outputs)
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(DAMAGES[damage](whole, random))
    done = project.run(*stage.command)
    status, said = done.returncode, done.stderr
    assert contents(project.root, stage.outputs) == right, story
    if status == 0:
        survived("Damage", "cases of a file that the stage does not need")
    else:
        sentence = said.splitlines()[-1] if said else ""
        assert status == 1, (story, status, said)
        assert "Traceback" not in said, (story, said)
        assert "fault of the program" not in said, (story, said)
        assert any(part in sentence for part in (str(name), f"{name.parent}")), (story, said)
        assert "dvc repro" in sentence, (story, said)
        survived("Damage", "damaged files refused")
    path.write_bytes(whole)


@pytest.mark.parametrize("damage", DAMAGES)
def test_checkpoint(project: Project, damage: str, tmp_path: Path) -> None:
    stage, random = stage_of(project, "sgns"), plan("checkpoint", damage)
    right = contents(project.root, stage.outputs)
    shutil.rmtree(project.root / stage.outputs[0])
    finish(start(project, stage.stopped_at("rename", ".scratch", 3, tmp_path / "notes")))
    kept = list((project.root / ".scratch").rglob("*.safetensors"))
    assert kept, "the kill came before any checkpoint"
    for path in kept:
        path.write_bytes(DAMAGES[damage](path.read_bytes(), random))
        survived("Damage", "checkpoints not gone on with")
    process = start(project, stage.command)
    assert finish(process) is not None
    assert process.returncode == 0
    assert contents(project.root, stage.outputs) == right
