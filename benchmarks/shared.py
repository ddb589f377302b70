"""One training on several cores and machines, and what Wikipedia would take.

``python -m benchmarks.shared`` measures, on the pre-training text at the configuration under test,

    words a second by threads                                                shared_threads.csv
    by processes, in groups as of one machine each, over the loopback; the
    bytes that they send and the share of the time that they wait            shared_processes.csv
    what a step is made of, by batch and parts, in one thread                shared_steps.csv
    from that, on paper: an epoch of 3 billion words on 1, 8 and 64
    machines of 64 cores, with a network of 10 Gbit/s                        shared_estimate.csv
"""

import json
import os
import socket
import subprocess
import sys
import time
from itertools import islice
from statistics import median
from typing import NamedTuple

from benchmarks.corpus import FOLDER, new_trainer, save_table, training_rows, without_unknown
from stages.check.whole import load_params
from stages.core.randomness import stream
from stages.core.workers import usable_cores
from stages.sgns.batches import Sampler
from stages.sgns.exchange import Exchange
from stages.sgns.learner import CompiledLearner
from stages.sgns.params import SgnsParams
from stages.sgns.team import Team
from stages.vectors.tokens import Texts, read_vocabulary

STEPS = 10  # of each batch size
SHAPES = ((20_480, 1), (20_480, 8), (20_480, 64), (163_840, 8), (163_840, 64), (163_840, 512))
PROCESSES = ((1, 1), (1, 2), (2, 1), (2, 2))  # groups, processes in each
PARTS = 4
WORDS, NETWORK = 3_000_000_000, 1.25e9  # an epoch of Wikipedia; bytes a second
MACHINES, CORES = (1, 8, 64), 64


class Step(NamedTuple):
    """A step of one thread: words it reads, milliseconds of its pieces, and bytes of gradients.

    draw: the batch. gradient: of all parts. move: to sum them, and the vectors. hand: to hand
    parts to threads.
    """

    batch: int
    parts: int
    words: int
    draw: float
    gradient: float
    move: float
    hand: float
    sent: int


def step(params: SgnsParams, rows: Texts) -> Step:
    """Measure a step."""
    sampler = Sampler(read_vocabulary(FOLDER).counts, params)
    start = time.perf_counter()
    epoch = list(sampler.batches(rows, stream("benchmark", 0)))
    draw = 1000 * (time.perf_counter() - start) / len(epoch)
    batches, learner = epoch[: min(STEPS, len(epoch) - 1)], new_trainer(rows, params).learner
    assert isinstance(learner, CompiledLearner)
    took: list[tuple[float, float]] = []
    for batch in batches:
        start = time.perf_counter()
        own = [learner.gradient(batch, part) for part in range(params.parts)]
        middle = time.perf_counter()
        learner.move(params.lr)
        took.append((middle - start, time.perf_counter() - middle))
    sent = sum(rows.nbytes + gradient.nbytes for rows, gradient in own)
    gradient, move = (1000 * median(times) for times in zip(*took, strict=True))
    team, start = Team(2), time.perf_counter()
    for _ in range(STEPS):
        team.each(abs, range(params.parts))
    hand = 1000 * (time.perf_counter() - start) / STEPS
    words = len(rows.tokens) * params.batch // sum(len(batch.tokens) for batch in epoch)
    return Step(params.batch, params.parts, words, draw, gradient, move, hand, sent)


def estimate(step: Step, machines: int) -> list[object]:
    """Return what an epoch of ``WORDS`` would take, and what a step waits for most.

    A thread draws the next batch while the others work; a machine is sent what all others have.
    """
    cores = min(CORES, step.parts // machines)
    exchanged = 1000 * step.sent * (machines - 1) / machines / NETWORK
    takes = {
        "gradients": step.gradient / (machines * cores),
        "sums and moves": step.move / cores,
        "handing out parts": 2 * step.hand / machines if cores > 1 else 0.0,
        "network": exchanged,
    }
    whole = max(sum(takes.values()), step.draw)
    limit = "drawing" if whole == step.draw else max(takes, key=lambda name: takes[name])
    hours = WORDS / step.words * whole / 3_600_000
    speed = round(1000 * step.words / whole)
    return [machines, cores, step.batch, step.parts, speed, round(hours, 2), limit]


def seconds_of_epoch(
    rows: Texts, params: SgnsParams, team: Team, exchange: Exchange | None = None
) -> float:
    """Return what an epoch takes a team, and leave in ``exchange`` what that waited and sent."""
    history = new_trainer(rows, params, team=team).run()
    list(islice(history, 2))  # the first epoch compiles
    if exchange:
        exchange.seconds, exchange.bytes = 0.0, 0
    start = time.perf_counter()
    next(history)
    return time.perf_counter() - start


def worker(params: SgnsParams) -> None:
    """Train an epoch as one of several processes; the first prints what it took."""
    rows = without_unknown(training_rows())
    exchange = Exchange() if Exchange.started() else None
    seconds = seconds_of_epoch(rows, params, Team(1, exchange), exchange)
    if exchange is None or exchange.rank == 0:
        waited, sent = (exchange.seconds, exchange.bytes) if exchange else (0.0, 0)
        print(json.dumps([len(rows.tokens) / seconds, sent / len(rows.tokens), waited / seconds]))


def processes(groups: int, each: int) -> list[object]:
    """Return the speed of a training that processes in so many groups share."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--master-addr", "127.0.0.1"]
    torchrun += ["--master-port", str(port), "--nnodes", str(groups)]
    torchrun += ["--nproc-per-node", str(each)]
    command = ["-m", "benchmarks.shared", "worker"]
    started = [
        subprocess.Popen(
            [*torchrun, "--node-rank", str(group), *command]
            if groups * each > 1
            else [sys.executable, *command],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        for group in range(groups)
    ]
    said = "".join(process.communicate()[0] for process in started)
    speed, sent, waited = json.loads(said)
    return [groups, each, PARTS, round(speed), round(sent, 1), round(waited, 2)]


def threads(params: SgnsParams, rows: Texts, number: int) -> list[object]:
    """Return the speed of a training by so many threads."""
    seconds = seconds_of_epoch(rows, params, Team(number))
    return [params.parts, number, round(len(rows.tokens) / seconds)]


def main() -> None:
    """Measure and save."""
    params = load_params().sgns.model_copy(update={"parts": PARTS})
    if sys.argv[1:] == ["worker"]:
        worker(params)
        return
    rows = without_unknown(training_rows())
    counts = [(1, 1), *((PARTS, n) for n in range(1, usable_cores() + 1))]
    table = [threads(params.model_copy(update={"parts": p}), rows, n) for p, n in counts]
    save_table("shared_threads.csv", ["parts", "threads", "words_per_s"], table)
    columns = ["groups", "processes_each", "parts", "words_per_s", "bytes_per_word", "waited"]
    save_table("shared_processes.csv", columns, [processes(*shape) for shape in PROCESSES])
    steps = [
        step(params.model_copy(update={"batch": batch, "parts": parts}), rows)
        for batch, parts in SHAPES
    ]
    save_table(
        "shared_steps.csv", list(Step._fields), [[round(x, 2) for x in one] for one in steps]
    )
    columns = ["machines", "cores_used_each", "batch", "parts", "words_per_s", "hours", "limit"]
    table = [
        estimate(one, machines)
        for machines in MACHINES
        for one in steps
        if one.parts % machines == 0 and (one.parts > 1 or machines == 1)
    ]
    save_table("shared_estimate.csv", columns, table)


if __name__ == "__main__":
    main()
