"""Time, memory and disk from 1 to 100 million tokens: ``python -m benchmarks.corpora``.

Rows of the pre-training text, drawn with replacement, are written to a local folder as a
user would bring them; ``download``, ``tokenize`` and one epoch of ``sgns`` (two models) then run
on it, each watched with all its processes. Memory is what they took from the system (PSS, so that
what they share counts once); pages of mapped files, which the system may drop at any time, are
apart. Seconds of all processors beside those of the clock tell how busy the machine was otherwise.
``python -m benchmarks.corpora 1 10`` takes other numbers of millions, and saves nothing.
"""

import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import psutil
import yaml
from matplotlib.axes import Axes

from benchmarks.corpus import save_table
from benchmarks.figure import save_figure
from stages.report.style import COLOURS, look, new_figure
from stages.texts.raw import RAW_PRETRAIN, read_raw_labelled, read_raw_text
from stages.texts.words import words

MILLIONS = (1, 3, 10, 30, 100)
LABELLED_ROWS = 2000  # few, because it is the text that grows
MIB = 2**20
TABLE = "corpora.csv"
COLUMNS = [
    "stage",
    "millions_of_tokens",
    "seconds",
    "processor_seconds",
    "peak_mib",
    "mapped_mib",
    "disk_mib",
]
STAGES = {
    "download": ["stages.download"],
    "tokenize": ["stages.tokenize"],
    "sgns": [
        *("stages.sgns", "train", "--R", "5", "--K", "1", "--corpus", "pretrain"),
        *("--objective", "nce", "--models", "2", "--out", "models/sgns/main"),
    ],
}


def taken(process: psutil.Process) -> tuple[int, int]:
    """Return the bytes that a process and its children took, and their mapped files' pages.

    Memory that they share is divided among them.
    """
    own = mapped = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            text = Path(f"/proc/{member.pid}/smaps_rollup").read_text()
        except OSError:
            continue
        sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in text.splitlines()[1:]}
        own += sizes.get("Pss_Anon", 0) + sizes.get("Pss_Shmem", 0)
        mapped += sizes.get("Pss_File", 0)
    return own, mapped


@dataclass(frozen=True)
class Watched:
    """What a stage took: seconds, and bytes of memory, of mapped files' pages, of disk."""

    seconds: float
    processor_seconds: float
    memory: int
    mapped: int
    disk: int


def drawn_rows(tokens: int, seed: int = 0) -> Iterator[str]:
    """Draw rows with replacement until they have so many tokens."""
    random = Random(seed)
    rows = read_raw_text("train") or []
    lengths = [len(words(row)) for row in rows]
    while tokens > 0:
        number = random.randrange(len(rows))
        tokens -= lengths[number]
        yield rows[number]


def write_folder(root: Path, tokens: int) -> None:
    """Write a local folder of so many tokens to pre-train on, and a few labelled rows."""
    (root / "text").mkdir(parents=True)
    with (root / "text/train.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in drawn_rows(tokens))
    shutil.copy(RAW_PRETRAIN / "validation.parquet", root / "text")
    (root / "labels").mkdir()
    for split in ("train", "test"):
        table = pd.DataFrame(read_raw_labelled(split)[:LABELLED_ROWS])
        table.to_csv(root / f"labels/{split}.csv", index=False)


def write_params(folder: Path) -> None:
    """Write the parameters of the experiment, for that folder and one epoch."""
    params: dict[str, Any] = yaml.safe_load(Path("params.yaml").read_text("utf-8"))
    params["data"].update(source="local", validation=LABELLED_ROWS // 4)
    params["data"]["pretrain"]["name"] = "text"
    params["data"]["downstream"]["name"] = "labels"
    params["sgns"]["epochs"] = 1
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def watch(folder: Path, arguments: Sequence[str], source: Path) -> Watched:
    """Run a stage in ``folder``, and look at all its processes four times a second."""
    environment = os.environ | {"W2V_DATA_DIR": str(source), "PYTHONPATH": str(Path.cwd())}
    start, used, idle = time.perf_counter(), processor_seconds(), threading.Event()
    memory = mapped = disk = 0
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=folder, env=environment, stdout=log, stderr=log
        )
        process = psutil.Process(child.pid)
        while child.poll() is None:
            own, pages = taken(process)
            memory, mapped = max(memory, own), max(mapped, pages)
            disk = max(disk, stored(folder))
            idle.wait(0.25)
        if child.returncode:
            log.seek(0)
            sys.exit(f"benchmarks.corpora: {arguments[0]} failed: {log.read().decode()[-2000:]}")
    seconds = time.perf_counter() - start
    return Watched(seconds, processor_seconds() - used, memory, mapped, disk)


def processor_seconds() -> float:
    """Return what all processes that have ended took of processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stored(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).stat().st_size
            except FileNotFoundError:  # renamed meanwhile
                continue
    return total


def measure(millions: Sequence[int]) -> Iterator[list[object]]:
    """Yield a line for each stage and number of tokens."""
    for number in millions:
        with tempfile.TemporaryDirectory() as name:
            source, folder = Path(name, "source"), Path(name, "project")
            write_folder(source, number * 1_000_000)
            folder.mkdir()
            write_params(folder)
            for stage, arguments in STAGES.items():
                found = watch(folder, arguments, source)
                sizes = [round(n / MIB) for n in (found.memory, found.mapped, found.disk)]
                line = [
                    stage,
                    number,
                    round(found.seconds, 1),
                    round(found.processor_seconds, 1),
                    *sizes,
                ]
                print(*line, flush=True)
                yield line


def draw(path: Path) -> None:
    """Draw the saved table."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with look():
        figure, (by_time, by_memory) = new_figure(2, 7.0, 2.9)
        _panel(by_time, rows, "seconds")
        by_time.set(ylabel="seconds, start-up included", yscale="log")
        _panel(by_memory, rows, "peak_mib")
        by_memory.set(ylabel="peak memory of all processes, MiB", ylim=(0, None))
        figure.suptitle("A corpus from folder to vectors", x=0.01, ha="left", fontweight="bold")
        note = (
            "WikiText-2, rows drawn with replacement; sgns: one epoch of two models, R = 5, K = 1."
        )
        figure.supxlabel(note, x=0.01, ha="left", fontsize=7.5, color="#555555")
    save_figure(figure, path)


def _panel(axes: Axes, rows: list[dict[str, str]], column: str) -> None:
    colours = (COLOURS[name] for name in ("vanilla", "tfidf", "word2vec"))
    for stage, colour in zip(STAGES, colours, strict=True):
        points = [row for row in rows if row["stage"] == stage]
        x = [float(row["millions_of_tokens"]) for row in points]
        y = [float(row[column]) for row in points]
        axes.plot(x, y, marker="o", markersize=3.5, color=colour, label=stage)
    axes.set(xscale="log", xlabel="tokens, millions")
    axes.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    chosen = [int(argument) for argument in sys.argv[1:]]
    lines = list(measure(chosen or MILLIONS))
    if not chosen:
        draw(save_table(TABLE, COLUMNS, lines))
