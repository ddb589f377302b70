"""``python -m tools.cluster`` on a toy: as ``dvc repro``, whoever is killed; it leaves nothing."""

import os
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from moto.server import ThreadedMotoServer

from tests.pipeline.project import Project
from tests.support import REPOSITORY, files_below, until

ITEMS = ("a", "b", "c", "d")
MAKE = """
import os, sys, time
from pathlib import Path
import extra
out, *sources = sys.argv[1:]
home = Path(os.environ["TOY_HOME"])
with (home / "notes.txt").open("a") as notes:
    print(out, os.getpid(), file=notes)
text = "".join(Path(source).read_text() for source in sources)
if "fail" in text and out == "items/b.txt":
    sys.exit("make: the word is fail; write another.")
while "wait" in text and out.startswith("items") and not (home / "go").exists():
    time.sleep(0.05)
Path(out).parent.mkdir(parents=True, exist_ok=True)
Path(out).write_text(text + out + "\\n")
"""
# Outputs that DVC never restores, of which it keeps one, a foreach, a folder as dependency, a
# metric in Git.
PIPELINE = """
stages:
  source:
    cmd:
      - python make.py source.txt params.yaml
      - python make.py kept.txt params.yaml
    deps: [make.py, extra.py]
    params: [word]
    outs:
      - kept.txt:
          persist: true
      - source.txt:
          cache: false
          persist: true
  item:
    foreach: ${items}
    do:
      cmd: python make.py items/${item}.txt source.txt kept.txt
      deps: [make.py, extra.py, source.txt, kept.txt]
      outs: ["items/${item}.txt"]
  all:
    cmd: python make.py all.txt items/a.txt items/b.txt items/c.txt items/d.txt
    deps: [make.py, extra.py, items]
    outs: [all.txt]
  report:
    cmd: python make.py report.yaml all.txt
    deps: [make.py, extra.py, all.txt]
    metrics:
      - report.yaml:
          cache: false
"""


@dataclass(frozen=True)
class Toy:
    """A DVC project in which nothing of the user's is read or written."""

    root: Path

    def start(self, *command: str) -> "subprocess.Popen[str]":
        home = self.root.parent
        environment = Project(self.root, home, home).environment()
        environment |= {"PYTHONPATH": str(REPOSITORY), "TOY_HOME": str(home)}
        environment["PATH"] = f"{home}{os.pathsep}{environment['PATH']}"
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def run(self, *command: str, status: int = 0) -> str:
        process = self.start(*command)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == status, output
        return output

    def say(self, word: str) -> None:
        """Write the parameters, and make what the cluster does not: as the Makefile does."""
        text = f"word: {word}\nitems: [{', '.join(ITEMS)}]\n"
        (self.root / "params.yaml").write_text(text, "utf-8")
        self.run("dvc", "repro", "source")

    def notes(self) -> list[list[str]]:
        """Return what each command that ran noted: its output and process."""
        return [line.split() for line in (self.root.parent / "notes.txt").read_text().splitlines()]

    def items_run(self) -> int:
        return sum(out.startswith("items") for out, _ in self.notes())


CLUSTER = (sys.executable, "-m", "tools.cluster", "--leave", "report")
S3 = """[core]
    remote = s3
['remote "s3"']
    url = s3://toy/runs
    endpointurl = {}
    access_key_id = toy
    secret_access_key = toy
"""
# A node is a folder, a job a group of processes.
STAND_INS = {
    "make": f'exec {shlex.join(CLUSTER)} --scheduler "${{2#DASK=}}"',
    "sbatch": 'node=$(mktemp -d "$TOY_HOME/node.XXX"); cp "$1" "$node/job"; cd "$node"\n'
    "setsid sh job >log 2>&1 & echo Submitted batch job $!",
    "scancel": 'for job; do kill -- -"$job"; done',
}


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """The toy, of which only the first stage has run; what still runs at the end is killed."""
    toy = Toy(tmp_path / "toy")
    toy.root.mkdir()
    (toy.root / "make.py").write_text(MAKE, "utf-8")
    (toy.root / "dvc.yaml").write_text(PIPELINE, "utf-8")
    toy.run("git", "init", "--quiet")
    toy.run("dvc", "init", "--quiet")
    toy.run("git", "add", "--all")
    toy.run("git", "commit", "--quiet", "--message", "A toy")
    (toy.root / "extra.py").write_text("# nobody has added this\n", "utf-8")
    toy.say("one")
    yield toy
    for _, process in toy.notes():
        with suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)


def results(toy: Toy) -> dict[str, bytes]:
    files = files_below(toy.root)
    return {k: files[k] for k in files if not k.startswith((".git/", ".dvc/"))}


def ends_well(toy: Toy, *options: str) -> None:
    """What the cluster made is found by DVC, is what DVC makes, and nothing else is left."""
    before = len(toy.notes())
    toy.run("dvc", "repro", *options)
    assert [out for out, _ in toy.notes()[before:]] == ["report.yaml"]
    made = results(toy)
    toy.run("dvc", "repro", "--force")
    assert results(toy) == made
    assert toy.run("dvc", "status", "--json").strip() == "{}"
    assert not list((toy.root / ".dvc/tmp").rglob("stage-*"))


def test_what_dvc_repro_makes_from_a_git_hook_too_and_nothing_is_added_to_git(toy: Toy) -> None:
    hook = toy.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {shlex.join(CLUSTER)} --jobs 2\n", "utf-8")
    hook.chmod(0o755)
    toy.run("git", "add", "params.yaml")
    toy.run("git", "commit", "--quiet", "--message", "one")
    shown = toy.run("git", "show", "--format=", "--name-only", "HEAD")
    assert shown.split() == ["params.yaml"]
    name = toy.run("git", "hash-object", "extra.py").strip()
    assert name not in toy.run("git", "cat-file", "--batch-all-objects", "--batch-check")
    assert toy.items_run() == len(ITEMS)
    toy.run(*CLUSTER, "--jobs", "4")  # finds its runs
    assert toy.items_run() == len(ITEMS)
    ends_well(toy)


@pytest.mark.parametrize(
    "end",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_all_and_hinders_nothing(toy: Toy, end: signal.Signals) -> None:
    toy.say("wait")
    running = toy.start(*CLUSTER, "--jobs", "2")
    until(lambda: toy.items_run() == 2)
    stage = psutil.Process(int(toy.notes()[-1][1]))
    running.send_signal(end)
    said, _ = running.communicate(timeout=30)
    assert running.returncode == (-end if end == signal.SIGKILL else 128 + end)
    assert "Traceback" not in said
    until(lambda: not stage.is_running() or stage.status() == psutil.STATUS_ZOMBIE, 10)
    toy.say("go")
    toy.run(*CLUSTER, "--jobs", "2")
    ends_well(toy)


@pytest.mark.slow
def test_a_failure_is_shown_and_what_does_not_need_it_is_kept(toy: Toy) -> None:
    toy.say("fail")
    said = toy.run(*CLUSTER, "--jobs", "2", status=1)
    assert said.count("make: the word is fail; write another.") == 1
    assert said.splitlines()[-1].startswith("cluster: a stage failed; what others made is kept.")
    assert toy.items_run() == len(ITEMS)
    for jobs in ("0", "-j4", "max", ""):
        assert "JOBS is a whole number" in toy.run(*CLUSTER, f"--jobs={jobs}", status=1)
    (toy.root / "dvc.yaml").write_text("stages: [", "utf-8")
    said = toy.run(*CLUSTER, "--jobs", "1", status=1)
    assert said.startswith("cluster: ") and "'./dvc.yaml' is invalid" in said


@pytest.mark.slow
def test_workers_of_slurm_that_share_only_s3_do_what_dvc_repro_does(
    toy: Toy, tmp_path: Path
) -> None:
    """The script of the docs, with stand-ins for Slurm and make; a worker is killed in mid-run."""
    page = (REPOSITORY / "docs/pipeline.md").read_text("utf-8")
    script = page.split("```python\n")[1].split("```")[0].replace("/scratch", "scratch")
    (tmp_path / "slurm.py").write_text(script.replace("=8", "=2"), "utf-8")
    for name, text in STAND_INS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/toy", method="PUT")).close()
    (toy.root / ".dvc/config").write_text(S3.format(endpoint), "utf-8")
    toy.say("wait")
    running = toy.start(sys.executable, "../slurm.py")
    until(lambda: toy.items_run() == 2, 120)
    above = psutil.Process(int(toy.notes()[-1][1])).parents()
    next(one for one in above if "spawn_main" in " ".join(one.cmdline())).kill()
    until(lambda: toy.items_run() == 3)  # Dask has started the worker again
    (tmp_path / "go").touch()
    said, _ = running.communicate(timeout=300)
    assert running.returncode == 0, said
    assert toy.items_run() == len(ITEMS) + 1
    assert len(list(tmp_path.glob("node.*/scratch/*/cache/files"))) == 2
    ends_well(toy, "--pull")
    toy.run("git", "add", "--all")
    toy.run("git", "commit", "--quiet", "--message", "Made by Slurm")
    made, noted = results(toy), toy.notes()
    toy.run("git", "clone", "--quiet", ".", "../clone")
    colleague = Toy(tmp_path / "clone")
    colleague.run("dvc", "pull")
    assert (results(colleague), toy.notes()) == (made, noted)
    server.stop()
