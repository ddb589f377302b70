"""``make verify`` finds what DVC does not see, and what it says mends it."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.pipeline.project import Project
from tests.support import REPOSITORY, files_below

RESULTS = ("data", "models", "plots")
LABELS = "models/sgns/main/vectors.bin"  # of a folder that DVC keeps
TABLE = "plots/results.csv"  # of a folder that Git keeps, and DVC's cache does not
OUTPUTS = {LABELS: ("models/sgns/main", "sgns"), TABLE: ("plots", "report")}


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
    folder, stage = OUTPUTS[path]
    assert lines[0] == (
        f"verify: {folder} is modified; mend it with: rm -rf {folder} && dvc repro {stage}"
    )
    assert lines[-1].endswith(": 1 differences")
    if not mended:
        return
    mend(project, lines)
    assert len(verify(project)) == 1
    assert {folder: files_below(project.root / folder) for folder in RESULTS} == whole


def test_damaged_cache_file_is_found_and_not_restored_from(project: Project) -> None:
    cache = project.root / ".dvc/cache/files/md5"
    content = (project.root / LABELS).read_bytes()
    files = (path for path in cache.rglob("*") if path.is_file())
    kept = next(path for path in files if path.read_bytes() == content)
    change_unseen(kept)
    name = kept.relative_to(project.root).as_posix()
    lines = verify(project)
    assert lines[:-1] == [
        f"verify: {name} (DVC's cache) is damaged; mend it with: rm -f {shlex.quote(name)}"
    ]
    change_unseen(project.root / LABELS)  # now no whole copy is left
    lines = verify(project)
    assert len(lines) == 3, lines  # the cache is mended first
    assert lines[1].endswith("rm -rf models/sgns/main && dvc repro sgns")
    mend(project, lines)
    assert len(verify(project)) == 1
    assert (project.root / LABELS).read_bytes() == content


def test_cache_elsewhere_is_read(project: Project, tmp_path: Path) -> None:
    shutil.move(project.root / ".dvc/cache", tmp_path / "elsewhere")
    project.output("dvc", "cache", "dir", "--local", str(tmp_path / "elsewhere"))
    listing = next((tmp_path / "elsewhere/files/md5").glob("*/*.dir"))
    change_unseen(listing)
    assert f"{listing.name} (DVC's cache) is damaged" in verify(project)[0]


def test_missing_file_stranger_and_edited_code_are_named(project: Project) -> None:
    (project.root / LABELS).unlink()
    (project.root / "data/tokens/statistics.json").unlink()
    (project.root / "plots/stranger").write_text("made up")
    (project.root / "stages/lens/look.py").open("a").write("# edited\n")
    project.set_params({"tokenize.max_length": 7})
    said = "\n".join(verify(project))
    assert "models/sgns/main is modified; mend it" in said
    assert "data/tokens/statistics.json is deleted; mend it" in said
    assert "plots is modified; mend it" in said
    assert "stages/lens is modified since lens was run; mend it with: dvc repro lens" in said
    assert re.search(r"params.yaml is .*tokenize.* since tokenize was run", said)


def test_outside_a_repository_one_sentence(project: Project, tmp_path: Path) -> None:
    done = project.run(
        "env", "-C", str(tmp_path), f"PYTHONPATH={REPOSITORY}", "python", "-m", "tools.verify"
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "run this in the repository" in done.stderr


def test_a_pipeline_beside_it_counts_where_it_was_run(project: Project) -> None:
    studies = project.root / "studies"
    studies.mkdir()
    pipeline = (
        "stages: {one: {cmd: echo 1 > one, outs: [one]}, two: {cmd: echo 2 > two, outs: [two]}}"
    )
    (studies / "dvc.yaml").write_text(pipeline, "utf-8")
    project.output("dvc", "repro", "studies/dvc.yaml")
    (studies / "one").unlink()
    assert verify(project)[0].startswith("verify: studies/one is deleted; ")
    (studies / "two").unlink()
    left_out, last = verify(project)
    assert left_out == "verify: studies/dvc.yaml is left out: it was not run here"
    assert last.endswith("no differences")
