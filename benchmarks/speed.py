"""Words per second beside gensim, in turns: ``python -m benchmarks.speed``.

Both keep two cores busy: ours with two models side by side, gensim with two workers.
"""

from statistics import median

from tqdm import tqdm

from benchmarks.corpus import save_table
from benchmarks.train import words_per_second
from stages.check.whole import load_params

SETTINGS = ((5, 1), (5, 5), (10, 20))  # (R, K)
REPEATS = 5
COLUMNS = ["R", "K", "dim", "ours_words_per_s", "gensim_words_per_s", "ratio"]
SPREAD = ["ours_min", "ours_max", "gensim_min", "gensim_max", "ratio_min", "ratio_max"]


def main() -> None:
    """Measure ours and gensim in turns, so that a slow minute of the machine slows both."""
    table: list[list[object]] = []
    for R, K in SETTINGS:
        ours, gensim = [], []
        for _ in tqdm(range(REPEATS), f"R={R} K={K}", disable=None):
            ours.append(words_per_second("ours", R, K, epochs=5))
            gensim.append(words_per_second("gensim", R, K, {1: 5, 5: 2}.get(K, 1)))
        ratios = [a / b for a, b in zip(ours, gensim, strict=True)]
        line = [R, K, load_params().sgns.dim, round(median(ours)), round(median(gensim))]
        spread = [round(f(x)) for x in (ours, gensim) for f in (min, max)]
        ratio_spread = [round(min(ratios), 2), round(max(ratios), 2)]
        table.append([*line, round(median(ratios), 2), *spread, *ratio_spread])
    save_table("sgns_speed.csv", COLUMNS + SPREAD, table)


if __name__ == "__main__":
    main()
