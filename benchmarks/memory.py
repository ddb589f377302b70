"""Peak memory on a long corpus: ``python -m benchmarks.memory``.

Writes 100 million tokens (rows of the corpus, drawn with replacement) to a temporary file,
trains an epoch of two models from the mapped file, and watches all processes'. Counted is
what they took from the system; pages of the mapped corpus, which the system may drop at any
time, are shown apart.
"""

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil

from benchmarks.corpus import rows_for, save_table, training_rows
from stages.check.whole import load_params
from stages.core.atomic import output_folder
from stages.sgns.resources import table_bytes, working_bytes
from stages.vectors.tokens import (
    TOKENS,
    read_texts,
    read_vocabulary,
    write_texts,
    write_vocabulary,
)

LENGTH = 100_000_000
MIB = 2**20
PROGRAM = """
import sys
from pathlib import Path
from stages.vectors.tokens import TOKENS, read_texts, read_vocabulary
from stages.check.whole import load_params
from stages.sgns.together import Job, train_together
from stages.sgns.trainer import Trainer
folder = Path(sys.argv[1])
train, valid = (read_texts(folder, split) for split in ("train", "validation"))
counts = read_vocabulary(TOKENS / "pretrain").counts
params = load_params().sgns.model_copy(update={"epochs": 1})
jobs = [
    Job(
        Trainer(train, valid, counts, params, seed=0, model=model),
        history=[],
        save=lambda history: None,
    )
    for model in range(2)
]
train_together(jobs, 2, lambda model, epoch: None)
"""


def write_corpus(folder: Path) -> int:
    """Write the long corpus; return its number of tokens."""
    rows = training_rows()
    long = rows.take(rows_for(rows, LENGTH))
    with output_folder(folder) as partial:
        write_vocabulary(partial, read_vocabulary(TOKENS / "pretrain"))
        write_texts(partial, "train", long)
        write_texts(partial, "validation", read_texts(TOKENS / "pretrain", "validation"))
    return len(long.tokens)


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


def main() -> None:
    """Train and watch."""
    with tempfile.TemporaryDirectory() as name:
        tokens = write_corpus(Path(name))
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, name],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        peaks = np.zeros(2, np.int64)
        process = psutil.Process(child.pid)
        done = threading.Event()
        while child.poll() is None:
            peaks = np.maximum(peaks, taken(process))
            done.wait(0.25)
        seconds = time.perf_counter() - start
        if child.returncode:
            sys.exit("benchmarks.memory: training failed")
    params, words = (
        load_params().sgns,
        len(read_vocabulary(TOKENS / "pretrain")),
    )
    tables, bound = 2 * table_bytes(words, params.dim), working_bytes(words, params, cores=2)
    table: list[list[object]] = [
        ["tokens, millions", round(tokens / 1e6)],
        ["seconds for an epoch, start-up included", round(seconds)],
        ["tables, MiB", round(tables / MIB)],
        ["peak, MiB", round(peaks[0] / MIB)],
        ["peak above the tables, MiB", round((peaks[0] - tables) / MIB)],
        ["announced above the tables, MiB", round(bound / MIB)],
        ["mapped files' pages at the most, MiB", round(peaks[1] / MIB)],
    ]
    save_table("sgns_memory.csv", ["what", "value"], table)


if __name__ == "__main__":
    main()
