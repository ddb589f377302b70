"""``python -m tools.jobs`` on a toy: as ``dvc repro`` at any number of jobs; it leaves nothing."""

import os
import shlex
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import files_below
from tests.tools.jobs.conftest import ITEMS, PIPELINE, STAGES, Toy, new_toy, until

EXTRA = "# of what is not yet committed\n"


def results(toy: Toy) -> dict[str, bytes]:
    """Return all files but Git's, DVC's notes and the data: outputs, dvc.lock, the cache."""
    return {
        path: content
        for path, content in files_below(toy.root).items()
        if not path.startswith((".git/", ".dvc/tmp/"))
    }


def runs_of_items(toy: Toy) -> list[str]:
    return sorted(out for out, *_ in toy.notes() if out.startswith("items/"))


def alive(process: int) -> bool:
    """Return whether a process runs; one that ended, and that nobody waits for, does not."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


@pytest.mark.parametrize("numbers", [(2,), pytest.param((1, 4), marks=pytest.mark.slow)])
def test_same_bytes_as_dvc_repro_at_any_number_of_jobs(
    tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    made = {}
    for jobs in (0, *numbers):
        toy = new_toy(tmp_path / str(jobs))
        # What is not committed is carried along: parameters, code, a new file that dvc.yaml lists.
        toy.write("params.yaml", f"word: changed\nitems: [{', '.join(ITEMS)}]\n")
        toy.write("make.py", (toy.root / "make.py").read_text() + "import extra\n")
        toy.write("extra.py", EXTRA)
        toy.write("dvc.yaml", PIPELINE.replace("[make.py", "[make.py, extra.py"))
        before = toy.run("git", "status", "--porcelain")
        toy.run("dvc", "repro") if jobs == 0 else toy.jobs("-j", str(jobs))
        made[jobs] = results(toy)
        assert toy.run("dvc", "status", "--json").strip() == "{}"
        assert set(before.splitlines()) <= set(toy.run("git", "status", "--porcelain").splitlines())
        assert len(toy.notes()) == STAGES  # each stage once
        assert toy.left_over() == []
        assert not toy.known_to_git("extra.py")
    assert b"from the data\nsource.txt\nword: changed\n" in made[0]["all.txt"]
    for jobs in numbers:
        assert made[jobs].keys() == made[0].keys()
        assert [path for path in made[0] if made[jobs][path] != made[0][path]] == []


@pytest.mark.slow
def test_what_is_done_is_not_run_again_and_cores_are_shared_out(toy: Toy) -> None:
    toy.jobs("-j", "2")
    toy.run("git", "add", "--all")
    toy.run("git", "commit", "--quiet", "--message", "Results")
    notes = {out: (int(cores), int(threads)) for out, _, cores, threads in toy.notes()}
    here = len(os.sched_getaffinity(0))
    assert notes["source.txt"][0] <= here and notes["source.txt"] == notes["all.txt"]
    for item in ITEMS:  # three could run, two do
        cores, threads = notes[f"items/{item}.txt"]
        assert cores == threads <= max(1, here - here // 2)
    ran = len(toy.notes())
    toy.write("make.py", (toy.root / "make.py").read_text() + "# a comment\n")
    toy.jobs("-j", "4")
    toy.run("git", "checkout", "--quiet", "make.py")
    toy.jobs("-j", "4")  # found in the run cache, all but what DVC does not keep there
    assert len(toy.notes()) == ran + STAGES + 1
    assert toy.run("git", "status", "--porcelain") == ""


@pytest.mark.slow
def test_failure_is_shown_the_rest_kept_and_the_next_run_goes_on(toy: Toy) -> None:
    toy.write("params.yaml", f"word: fail\nitems: [{', '.join(ITEMS)}]\n")
    said = toy.jobs("-j", "2", status=1)
    assert "make: the word is fail; write another." in said
    last = said.splitlines()[-1]
    assert last.startswith("jobs: failed: item@b;") and ".dvc/tmp/jobs/logs" in last
    assert (toy.root / "items/a.txt").exists() and not (toy.root / "all.txt").exists()
    assert toy.left_over() == []
    toy.write("params.yaml", f"word: mended\nitems: [{', '.join(ITEMS)}]\n")
    toy.jobs("-j", "2")
    assert toy.run("dvc", "status", "--json").strip() == "{}"


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        signal.SIGKILL,
    ],
)
def test_nothing_that_hinders_is_left_by_a_run_that_was_ended(
    toy: Toy, number: signal.Signals
) -> None:
    toy.write("params.yaml", f"word: wait\nitems: [{', '.join(ITEMS)}]\n")
    running = toy.start(*toy.command("-j", "2"))
    until(lambda: len(runs_of_items(toy)) == 2)
    assert "another run is at work" in toy.jobs(status=1)
    running.send_signal(number)
    _, errors = running.communicate(timeout=20)
    assert running.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert "Traceback" not in errors
    until(lambda: not any(alive(int(process)) for _, process, *_ in toy.notes()), 5)
    if number != signal.SIGKILL:
        assert toy.left_over() == []
    toy.write("params.yaml", f"word: go\nitems: [{', '.join(ITEMS)}]\n")
    toy.jobs("-j", "2")
    assert toy.left_over() == []
    assert "up to date" in toy.run("dvc", "repro")


def test_refusals_are_one_sentence(toy: Toy) -> None:
    assert toy.jobs("-j", "0", status=1) == "jobs: --jobs must be 1 or more.\n"
    toy.write("dvc.yaml", "stages: [")
    assert toy.jobs(status=1).startswith("jobs: DVC refuses the pipeline: ")
    toy.run("rm", "-r", ".dvc")
    assert toy.jobs(status=1).startswith("jobs: there is no .dvc here")


@pytest.mark.parametrize("linked", [False, True])
def test_a_git_hook_commits_what_was_asked_for(toy: Toy, linked: bool) -> None:
    """Git tells its hooks which index it is about to commit; it is not for the worktrees."""
    hook = toy.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {shlex.join(toy.command('item@a'))}\n", encoding="utf-8")
    hook.chmod(0o755)
    if linked:
        toy.run("git", "worktree", "add", "--quiet", "../linked")
        toy = Toy(toy.root.parent / "linked")
    (toy.root / "my-data").mkdir()
    toy.write("my-data/private.txt", "nobody else's business\n")
    for word, command in (("one", ("--all",)), ("two", ())):
        toy.write("params.yaml", f"word: {word}\nitems: [{', '.join(ITEMS)}]\n")
        if not command:
            toy.run("git", "add", "params.yaml")
        toy.run("git", "commit", "--quiet", "--message", word, *command)
        shown = toy.run("git", "show", "--format=", "--name-only", "HEAD").split()
        assert shown == ["params.yaml"]
        assert toy.run("git", "diff", "--cached") == ""
        assert f"word: {word}\n" in (toy.root / "items/a.txt").read_text()
    assert not toy.known_to_git("my-data/private.txt")
