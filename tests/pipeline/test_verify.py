"""``make verify`` finds what DVC does not see, and what it says mends it."""

import os
import shlex
from pathlib import Path

import pytest

from tests.pipeline.project import Project
from tests.support import REPOSITORY, files_below

RESULTS = ("data", "models", "plots")
LABELS = "models/sgns/main/vectors.bin"  # of a folder that DVC keeps
TABLE = "plots/results.csv"  # of a folder that Git keeps, and DVC's cache does not


def verify(project: Project) -> list[str]:
    """Return what is said, after checking the exit status against it."""
    done = project.run("python", "-m", "tools.verify", PYTHONPATH=str(REPOSITORY))
    lines = done.stdout.splitlines()
    assert done.stderr == ""
    assert done.returncode == (0 if lines[-1].endswith(": no differences") else 1), lines
    return lines


def change_unseen(path: Path) -> None:
    """Change a file's content, but neither its size nor its time."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def mend(project: Project, lines: list[str]) -> None:
    """Do what the lines say."""
    for line in lines[:-1]:
        project.output("sh", "-ec", line.split("; mend it with: ")[1])


def test_whole_project_has_no_differences(project: Project) -> None:
    assert len(verify(project)) == 1


@pytest.mark.parametrize(
    ("path", "mended"),
    [(LABELS, True), (TABLE, False), pytest.param(TABLE, True, marks=pytest.mark.slow)],
)
def test_change_that_dvc_does_not_see(project: Project, path: str, mended: bool) -> None:
    whole = {folder: files_below(project.root / folder) for folder in RESULTS}
    project.output("dvc", "status", "sgns", "report")
    change_unseen(project.root / path)
    seen_by_dvc = project.output("dvc", "status", "sgns", "report")
    assert "up to date" in seen_by_dvc  # so the promise is worth making
    lines = verify(project)
    assert lines[0].startswith("verify: ")
    assert path in lines[0] or path == TABLE  # of which the cache keeps no list
    assert lines[-1].endswith(": 1 differences")
    if not mended:
        assert lines[0].endswith("dvc repro report")
        return
    mend(project, lines)
    assert len(verify(project)) == 1
    assert {folder: files_below(project.root / folder) for folder in RESULTS} == whole


def test_damaged_cache_file_is_found_and_not_restored_from(project: Project) -> None:
    cache = project.root / ".dvc/cache/files/md5"
    content = (project.root / LABELS).read_bytes()
    kept = next(path for path in cache.rglob("*") if path.is_file() and same(path, content))
    change_unseen(kept)
    name = kept.relative_to(project.root).as_posix()
    lines = verify(project)
    assert lines[:-1] == [
        f"verify: {name} (DVC's cache) is damaged; mend it with: rm -f {shlex.quote(name)}"
    ]
    change_unseen(project.root / LABELS)  # now no whole copy is left
    lines = verify(project)
    assert len(lines) == 3, lines
    assert lines[0].endswith(f"rm {LABELS} && dvc repro sgns")
    mend(project, lines)
    assert len(verify(project)) == 1
    assert (project.root / LABELS).read_bytes() == content


def same(path: Path, content: bytes) -> bool:
    return path.stat().st_size == len(content) and path.read_bytes() == content


def test_missing_file_stranger_and_edited_code_are_named(project: Project) -> None:
    (project.root / LABELS).unlink()
    (project.root / "models/sgns/main/stranger").write_text("made up")
    (project.root / "stages/lens/look.py").open("a").write("# edited\n")
    (project.root / "data/tokens/statistics.json").unlink()
    said = "\n".join(verify(project))
    assert f"{LABELS} is missing; mend it with: dvc checkout models/sgns/main" in said
    assert "models/sgns/main/stranger does not belong there" in said
    assert "stages/lens is not what lens was run with; mend it with: dvc repro lens" in said
    assert "data/tokens/statistics.json is missing" in said


def test_outside_a_repository_one_sentence(project: Project, tmp_path: Path) -> None:
    done = project.run(
        "env", "-C", str(tmp_path), f"PYTHONPATH={REPOSITORY}", "python", "-m", "tools.verify"
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "run this in the repository" in done.stderr
