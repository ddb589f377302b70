"""Time, memory and disk from 1 to 100 million words: ``python -m benchmarks.corpora``.

Rows of the pre-training text, drawn with replacement, are written to a folder as a user would
bring them; one word in fifty is replaced by one of a long tail of made-up words, so that the
vocabulary grows with the text. ``download``, ``tokenize``, one epoch of ``sgns`` (two models) and
``lens`` then run on it, each watched with all its processes. Memory is what they took from the
system, what they share divided among them; pages of mapped files, which the system may drop at
any time, are not in it.
The classifier reads no more of a longer text.
``python -m benchmarks.corpora 1 10`` takes other numbers of millions, and saves nothing.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pandas as pd
import psutil

from benchmarks.corpus import save_table
from stages.report.style import cycle, look, new_figure
from stages.texts.raw import RAW_DOWNSTREAM, RAW_PRETRAIN, read_raw_text
from stages.texts.words import words
from studies.workspace import Workspace

MILLIONS = (1, 3, 10, 30, 100)
LABELLED_ROWS = 2000  # few, because it is the text that grows
NEW, TAIL = 0.02, 0.7  # share of words that are made up, and the exponent of Pareto's law of them
MIB = 2**20
TABLE = Path(__file__).with_name("corpora.csv")
COLUMNS = ["stage", "millions_of_words", "vocabulary", "seconds", "peak_mib", "disk_mib"]
CHANGES = {  # of the experiment's parameters
    "data.source": "local",
    "data.validation": LABELLED_ROWS // 4,
    "data.pretrain.name": "text",
    "data.downstream.name": "labels",
    "sgns.epochs": 1,
}
OUT = "models/sgns/main"
STAGES = {
    "download": ["stages.download"],
    "tokenize": ["stages.tokenize"],
    "sgns": ["stages.sgns", "train", "--models", "2", "--out", OUT],
    "lens": ["stages.lens", "look", "--vectors", OUT, "--out", "models/lens/main"],
}


def drawn_rows(count: int, random: Random) -> Iterator[str]:
    """Draw rows with replacement, until they have so many words."""
    rows = read_raw_text("train") or []
    while count > 0:
        row = random.choice(rows).split()
        for place in range(len(row)):
            if random.random() < NEW:
                row[place] = f"w{int(random.paretovariate(TAIL))}"
        text = " ".join(row)
        count -= len(words(text))
        yield text


def write_folder(root: Path, count: int) -> None:
    """Write a folder of so many words to pre-train on, and a few labelled rows."""
    (root / "text").mkdir(parents=True)
    with (root / "text/train.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in drawn_rows(count, Random(0)))
    shutil.copy(RAW_PRETRAIN / "validation.parquet", root / "text")
    (root / "labels").mkdir()
    for split in ("train", "test"):
        table = pd.read_parquet(RAW_DOWNSTREAM / f"{split}.parquet")
        table[:LABELLED_ROWS].to_parquet(root / f"labels/{split}.parquet")


def watch(folder: Path, arguments: Sequence[str], source: Path) -> tuple[float, int]:
    """Run a stage in ``folder``; return its seconds, and the most memory of all its processes."""
    environment = os.environ | {"W2V_DATA_DIR": str(source), "PYTHONPATH": str(Path.cwd())}
    start, most = time.perf_counter(), 0
    with tempfile.TemporaryFile() as log:
        child = psutil.Popen(
            [sys.executable, "-m", *arguments], cwd=folder, env=environment, stdout=log, stderr=log
        )
        while child.poll() is None:
            most = max(most, taken(child))
            try:
                child.wait(0.25)
            except psutil.TimeoutExpired:
                continue
        if child.returncode:
            log.seek(0)
            sys.exit(f"benchmarks.corpora: {arguments[0]} failed: {log.read().decode()[-2000:]}")
    return time.perf_counter() - start, most


def taken(process: psutil.Process) -> int:
    """Return the bytes that a process and its children have, without pages of mapped files."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            text = Path(f"/proc/{member.pid}/smaps_rollup").read_text()
        except OSError:  # it has just ended
            continue
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
        total += 1024 * (sizes.get("Pss_Anon", 0) + sizes.get("Pss_Shmem", 0))
    return total


def measure(millions: Sequence[int]) -> Iterator[list[object]]:
    """Yield a line for each stage and number of words."""
    for number in millions:
        with tempfile.TemporaryDirectory() as name:
            source, folder = Path(name, "source"), Path(name, "project")
            write_folder(source, number * 1_000_000)
            Workspace(folder).change(CHANGES)
            for stage, arguments in STAGES.items():
                seconds, memory = watch(folder, arguments, source)
                files = [path for path in folder.rglob("*") if path.is_file()]
                disk = sum(path.stat().st_size for path in files)
                vocabulary = folder / "data/tokens/pretrain/vocabulary.tsv"
                size = len(vocabulary.read_text("utf-8").splitlines()) if stage != "download" else 0
                line = [stage, number, size, round(seconds, 1), memory // MIB, disk // MIB]
                print(*line, flush=True)
                yield line


def draw(path: Path) -> None:
    """Draw the saved table."""
    table = pd.read_csv(path)
    with look():
        figure, (by_time, by_memory) = new_figure(2, 7.0, 2.9)
        for stage, colour in zip(STAGES, cycle(len(STAGES)), strict=True):
            rows = table[table["stage"] == stage]
            x = rows["millions_of_words"]
            by_time.plot(x, rows["seconds"], marker="o", color=colour, label=stage)
            by_memory.plot(x, rows["peak_mib"], marker="o", color=colour, label=stage)
        by_time.set(ylabel="seconds, start-up included", yscale="log")
        by_memory.set(ylabel="peak memory of all processes, MiB", ylim=(0, None))
        for axes in (by_time, by_memory):
            axes.set(xscale="log", xlabel="words, millions")
            axes.legend(frameon=False, fontsize=8)
        figure.savefig(path.with_suffix(".png"), dpi=150, metadata={"Software": None})


if __name__ == "__main__":
    chosen = [int(argument) for argument in sys.argv[1:]]
    lines = list(measure(chosen or MILLIONS))
    if not chosen:
        save_table(TABLE.name, COLUMNS, lines)
        draw(TABLE)
