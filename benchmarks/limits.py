"""What bounds a step on this machine: ``python -m benchmarks.limits``.

One process with one thread trains an epoch under torch's profiler; a step's time is shared
out among kinds of operators. Beside it, what this machine can do at most: its rate of matrix
products and of copying, on one thread.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.corpus import FOLDER, save_table, training_rows
from stages.device import keep_freed_memory
from stages.files.tokens import TOKENS, read_texts, read_vocabulary
from stages.params.whole import load_params
from stages.sgns.lanes import Share
from stages.sgns.resources import product_dtype
from stages.sgns.trainer import Trainer

KINDS = {
    "matrix products": ("aten::bmm",),
    "gathers and scatters": (
        "aten::index_select",
        "aten::_embedding_bag_forward_only",
        "aten::index_copy_",
        "aten::scatter_add_",
        "aten::index_add_",
    ),
    "objective": (
        "aten::sigmoid_",
        "aten::mul_",
        "aten::sub_",
        "aten::softplus",
    ),
    "type conversion and copies": ("aten::copy_",),
    "optimizer": (
        "aten::linalg_vector_norm",
        "aten::lerp",
        "aten::mul",
        "aten::div_",
        "aten::rsqrt_",
        "aten::clamp_min_",
        "aten::square_",
        "aten::pow_",
        "aten::searchsorted",
    ),
}


def best_seconds(work: Callable[[], object], repeats: int = 7) -> float:
    """Return the least time that ``work`` takes."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def product_rate(dtype: torch.dtype) -> float:
    """Return the most floating-point operations a second of a large matrix product."""
    a, b = (torch.randn(2048, 2048).to(dtype) for _ in range(2))
    return 2 * 2048**3 / best_seconds(lambda: a @ b)


def copy_rate() -> float:
    """Return the bytes a second, read and written, of copying 256 MiB."""
    source = torch.ones(2**26)
    target = torch.empty_like(source)
    return 2 * source.nbytes / best_seconds(lambda: target.copy_(source))


def main() -> None:
    """Measure and print."""
    keep_freed_memory()
    torch.set_num_threads(1)
    params = load_params().sgns
    rows, valid = training_rows(), read_texts(FOLDER, "validation")
    counts = read_vocabulary(TOKENS / "pretrain", "tokenize").counts
    device = torch.device("cpu")
    table: list[list[object]] = []
    for R, K in ((5, 1), (10, 20)):
        config = params.model_copy(update={"R": R, "K": K})
        trainer = Trainer(rows, valid, counts, config, seed=0, device=device)
        table += shares(trainer, R, K, product_dtype(config.precision, device))
    table.append(["-", "-", "copying: GB/s at most", round(copy_rate() / 1e9, 1)])
    for dtype in (torch.float32, torch.bfloat16):
        name = str(dtype).removeprefix("torch.")
        rate = round(product_rate(dtype) / 1e9)
        table.append(["-", "-", f"matrix products, {name}: GFLOP/s at most", rate])
    save_table("sgns_limits.csv", ["R", "K", "what", "value"], table)


def shares(trainer: Trainer, R: int, K: int, dtype: torch.dtype) -> list[list[object]]:
    """Return the percentages of a step's time, and the rate of its matrix products."""
    share = Share()
    sampler, model = trainer._sampler, trainer.model
    for warm_up in (True, False):
        start = time.perf_counter()
        drawn = [list(trainer._batches(1, lane)) for lane in share.lanes]
        sampling = time.perf_counter() - start
        with profile(activities=[ProfilerActivity.CPU]) as profiler:
            for batches in zip(*drawn, strict=False):
                trainer._round(dict(enumerate(batches)), 0.01, share)
        if warm_up:
            continue
    operators = {e.key: e.self_cpu_time_total / 1e6 for e in profiler.key_averages()}
    start = time.perf_counter()
    for batches in zip(*drawn, strict=False):
        trainer._round(dict(enumerate(batches)), 0.01, share)
    steps = time.perf_counter() - start
    total = sampling + steps
    spent = {kind: sum(operators.get(name, 0) for name in names) for kind, names in KINDS.items()}
    spent["sampling"] = sampling
    spent["Python and the rest"] = max(total - sum(spent.values()), 0)
    centres = sum(len(batch.case) for lane in drawn for batch in lane)
    layout = sampler.layout
    operations = 6 * centres * layout.keys * model.vectors.shape[1]
    lines: list[list[object]] = [
        [R, K, f"{kind}, % of a step", round(100 * seconds / total, 1)]
        for kind, seconds in spent.items()
    ]
    rate = operations / spent["matrix products"] / 1e9
    name = str(dtype).removeprefix("torch.")
    uses = np.mean([len(b.place) for lane in drawn for b in lane])
    lines.append([R, K, f"matrix products in training, {name}: GFLOP/s", round(rate)])
    lines.append([R, K, "uses of a row in a batch", round(float(uses))])
    return lines


if __name__ == "__main__":
    main()
