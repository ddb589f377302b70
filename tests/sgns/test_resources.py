import sys
import tracemalloc
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from stages.console import StageError
from stages.device import keep_freed_memory
from stages.files.tokens import Texts
from stages.randomness import stream
from stages.sgns import resources
from stages.sgns.batches import Sampler
from stages.sgns.lanes import LANES
from stages.sgns.resources import (
    GIB,
    PROGRAM,
    available_bytes,
    product_dtype,
    require_memory,
    table_bytes,
    working_bytes,
)
from tests.sgns.examples import CPU, TOPIC_WORDS, config, topic_trainer
from tests.support import REPOSITORY, run_python


def test_explicit_precisions_are_taken_as_they_are() -> None:
    assert product_dtype("float32", CPU) == torch.float32
    assert product_dtype("bfloat16", CPU) == torch.bfloat16
    assert product_dtype("float32", torch.device("cuda")) == torch.float32


@pytest.mark.parametrize(("fast", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_auto_is_bfloat16_where_the_processor_multiplies_it_faster(
    fast: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": fast})
    assert product_dtype("auto", CPU) == dtype
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert product_dtype("auto", CPU) == torch.float32


def test_tables_are_the_vectors_and_their_mean_squares() -> None:
    model = topic_trainer(config(dim=24)).model
    assert table_bytes(TOPIC_WORDS, 24) == model.vectors.nbytes + model.square.nbytes


def peak_of_an_epoch(tokens: int) -> int:
    """The most memory that a lane's batches take at any time, besides the corpus itself."""
    random = np.random.default_rng(0)
    rows = Texts(
        random.integers(1, TOPIC_WORDS, tokens).astype(np.int32), np.arange(0, tokens + 1, 1000)
    )
    sampler = Sampler(np.full(TOPIC_WORDS, 10, np.int64), config(batch=20_480))
    tracemalloc.start()
    for _ in sampler.batches(rows, stream("rows", 0), stream("lane", 0), 0):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_a_longer_corpus_takes_no_more_memory() -> None:
    short, long = peak_of_an_epoch(1_000_000), peak_of_an_epoch(4_000_000)
    assert long < 1.05 * short
    need = (working_bytes(TOPIC_WORDS, config(batch=20_480)) - PROGRAM) / LANES
    assert long < need  # what is said to be needed holds it


MEASURE = """
import resource
from functools import partial
from pathlib import Path
import numpy as np
from stages.files.tokens import Texts
from stages.sgns.checkpoint import save_checkpoint
from stages.sgns.resources import table_bytes, working_bytes
from stages.sgns.together import Job, train_together
from stages.sgns.trainer import Trainer
from tests.sgns.examples import CPU, config
models, cores = {models}, {cores}
words = 20_000
params = config(models=models, dim=200, batch=16_384, R=10, K=10, epochs=1, precision="float32")
rows = Texts(
    np.random.default_rng(0).integers(1, words, 65_536).astype(np.int32),
    np.arange(0, 65_537, 512),
)
counts = np.bincount(rows.tokens, minlength=words).astype(np.int64)
trainers = [Trainer(rows, rows, counts, params, seed=i, device=CPU) for i in range(models)]
folder = Path("{folder}")
jobs = [
    Job(t, [], partial(save_checkpoint, folder / str(i), t.model)) for i, t in enumerate(trainers)
]
train_together(jobs, cores, lambda *_: None)
kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
# Without the libraries' own pages, which all processes map and the system may drop. All children
# count as much as the largest of them.
status = Path("/proc/self/status").read_text()
mapped = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssFile"))
parent, child = (resource.getrusage(kind).ru_maxrss - mapped for kind in kinds)
print(1024 * (parent + cores * child * (cores > 1)))
print(models * table_bytes(words, params.dim) + working_bytes(words, params, cores))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in other units elsewhere")
@pytest.mark.parametrize(("models", "cores"), [(1, 1), (1, 2), (2, 2)])
def test_training_takes_no_more_memory_than_it_says(
    models: int, cores: int, tmp_path: Path
) -> None:
    program = MEASURE.format(models=models, cores=cores, folder=tmp_path)
    done = run_python(REPOSITORY, "-c", program)
    assert done.returncode == 0, done.stderr
    taken, said = map(int, done.stdout.split())
    assert taken < said < 4 * taken


@pytest.mark.parametrize("more", [{"dim": 32}, {"batch": 2000}, {"R": 6}])
def test_larger_settings_need_more(more: dict[str, object]) -> None:
    words = 100_000
    assert working_bytes(words, config(**more)) > working_bytes(words, config())
    assert working_bytes(2 * words, config()) > working_bytes(words, config())


def test_enough_memory_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "available_bytes", lambda device: 100 * GIB)
    said = require_memory(250_000, config(dim=300), CPU, 1)
    assert said.startswith("needs up to ") and "250,000 words x 300 dimensions" in said
    assert f"{table_bytes(250_000, 300) / GIB:.2f} for 1 x 250,000" in said
    said = require_memory(250_000, config(dim=300, models=3), CPU, 2)
    assert f"{3 * table_bytes(250_000, 300) / GIB:.2f} for 3 x 250,000" in said


def test_too_little_memory_is_an_error_that_says_what_to_lower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params = config()
    need = table_bytes(5000, params.dim) + working_bytes(5000, params)
    monkeypatch.setattr(resources, "available_bytes", lambda device: need)
    require_memory(5000, params, CPU, 1)
    monkeypatch.setattr(resources, "available_bytes", lambda device: need - 1)
    with pytest.raises(StageError) as caught:
        require_memory(5000, params, CPU, 1)
    for part in ("5,000 words", "GiB are free", "sgns.dim", "sgns.batch", "tokenize.min_count"):
        assert part in str(caught.value)


def test_a_wide_window_is_named_where_it_takes_the_memory_and_costs_no_more_than_rows_are_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params = config(R=400)
    assert working_bytes(50, params, most=5) == working_bytes(50, config(R=5))
    monkeypatch.setattr(resources, "available_bytes", lambda device: GIB)
    require_memory(50, params, CPU, 1, 5)
    with pytest.raises(StageError, match=r"windows of radius 400: lower sgns\.R, or free"):
        require_memory(50, params, CPU, 1)


def test_no_more_is_available_than_the_machine_has() -> None:
    assert 0 < available_bytes(CPU) <= psutil.virtual_memory().total


def test_keeping_freed_memory_is_harmless() -> None:
    keep_freed_memory()
