import sys
import tracemalloc
from pathlib import Path

import numpy as np
import psutil
import pytest

from stages.core.console import StageError
from stages.core.randomness import stream
from stages.sgns import resources
from stages.sgns.batches import Sampler
from stages.sgns.resources import (
    GIB,
    PROGRAM,
    available_bytes,
    require_memory,
    table_bytes,
    working_bytes,
)
from stages.vectors.tokens import Texts
from tests.sgns.examples import TOPIC_WORDS, config
from tests.support import REPOSITORY, run_python


def peak_of_an_epoch(tokens: int) -> int:
    """The most memory that batches take at any time, besides the corpus itself."""
    random = np.random.default_rng(0)
    rows = Texts(
        random.integers(1, TOPIC_WORDS, tokens).astype(np.int32), np.arange(0, tokens + 1, 1000)
    )
    sampler = Sampler(np.full(TOPIC_WORDS, 10, np.int64), config(batch=20_480))
    tracemalloc.start()
    for _ in sampler.batches(rows, stream("batches", 0)):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_a_longer_corpus_takes_no_more_memory() -> None:
    short, long = peak_of_an_epoch(1_000_000), peak_of_an_epoch(4_000_000)
    assert long < 1.05 * short
    need = working_bytes(TOPIC_WORDS, config(batch=20_480)) - PROGRAM
    assert long < need  # what is said to be needed holds it


MEASURE = """
from functools import partial
from pathlib import Path
import numpy as np
from stages.vectors.tokens import Texts
from stages.sgns.checkpoint import save_checkpoint
from stages.sgns.resources import table_bytes, working_bytes
from stages.sgns.together import Job, train_together
from stages.sgns.trainer import Trainer
from tests.sgns.examples import config
models, cores = {models}, {cores}
words = 20_000
params = config(models=models, dim=200, batch=16_384, R=10, K=10, epochs=1)
rows = Texts(
    np.random.default_rng(0).integers(1, words, 65_536).astype(np.int32),
    np.arange(0, 65_537, 512),
)
counts = np.bincount(rows.tokens, minlength=words).astype(np.int64)
trainers = [Trainer(rows, rows, counts, params, seed=i) for i in range(models)]
folder = Path("{folder}")
jobs = [
    Job(t, [], partial(save_checkpoint, folder / str(i), t.learner)) for i, t in enumerate(trainers)
]
train_together(jobs, cores, lambda *_: None)
# Without the libraries' own pages, which the system may drop.
status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
peak, mapped = (int(status[name].split()[0]) for name in ("VmHWM", "RssFile"))
print(1024 * (peak - mapped))
print(models * table_bytes(words, params.dim) + working_bytes(words, params, cores))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")
@pytest.mark.parametrize(("models", "cores"), [(1, 1), (1, 2), (2, 2)])
def test_training_takes_no_more_memory_than_it_says(
    models: int, cores: int, tmp_path: Path
) -> None:
    program = MEASURE.format(models=models, cores=cores, folder=tmp_path)
    # No fork, by the seed: that would count what it was forked from.
    done = run_python(REPOSITORY, "-c", program, PYTHONHASHSEED="0")
    assert done.returncode == 0, done.stderr
    taken, said = map(int, done.stdout.split()[-2:])
    assert taken < said < 4 * taken


def test_what_is_needed_is_said_and_too_little_is_an_error_that_says_what_to_lower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params = config(dim=300)
    tables = table_bytes(250_000, 300)
    need = tables + working_bytes(250_000, params)
    monkeypatch.setattr(resources, "available_bytes", lambda device: need)
    said = f"{tables / GIB:.2f} for 1 x 250,000 words x 300 dimensions"
    assert said in require_memory(250_000, params, "cpu")
    monkeypatch.setattr(resources, "available_bytes", lambda device: need - 1)
    with pytest.raises(StageError) as caught:
        require_memory(250_000, params, "cpu")
    for part in (said, "GiB are free", "sgns.dim", "sgns.batch", "tokenize.min_count"):
        assert part in str(caught.value)


def test_a_wide_window_costs_no_more_than_rows_are_long() -> None:
    assert working_bytes(50, config(R=400), most=5) == working_bytes(50, config(R=5))


def test_no_more_is_available_than_the_machine_has() -> None:
    assert 0 < available_bytes("cpu") <= psutil.virtual_memory().total
