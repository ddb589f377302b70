"""The gist of ``plots`` on a terminal."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from stages.core.atomic import reading
from stages.core.console import print_json, print_table
from stages.core.made import damaged
from stages.results.classifiers import N_LABELS
from stages.results.methods import TFIDF, VANILLA, WORD2VEC

PLOTS = Path("plots")
METHODS = (WORD2VEC, VANILLA, TFIDF)
LABELS, GAINS, CLAIMS = (PLOTS / f"{n}.csv" for n in ("labels", "gain_by_labels", "claims"))
BOUNDS = ("mean", "low", "high")
SHOWN = ["claim", "verdict", "estimate", "statement"]  # of each claim
TEXTS = {"series", "claim", "verdict", "statement"}


def show_results(*, as_json: bool) -> None:
    """Print accuracies by number of labels, and the verdicts; raises StageError without any."""
    labels = _read(LABELS, [N_LABELS, *METHODS])
    gains = _read(GAINS, [N_LABELS, "series", *BOUNDS])
    claims = _read(CLAIMS, SHOWN)
    gains = gains[gains["series"] == WORD2VEC].set_index(N_LABELS)
    if set(gains.index) != set(labels[N_LABELS]):
        raise damaged(GAINS)
    if as_json:
        labels["gain_points"] = gains["mean"].loc[labels[N_LABELS]].to_numpy()
        results = labels[[N_LABELS, *METHODS, "gain_points"]].to_dict("records")
        found = {"results": results, "claims": json.loads(claims.to_json(orient="records"))}
        print_json(found, indent=2)
        return
    table: list[tuple[object, ...]] = [("labels", *METHODS, "gain, points", "95 % interval")]
    for _, row in labels.iterrows():
        gain = gains.loc[row[N_LABELS]]
        accuracies = (f"{100 * row[method]:.2f}" for method in METHODS)
        interval = _interval(gain["low"], gain["high"])
        table.append((f"{row[N_LABELS]:.0f}", *accuracies, f"{gain['mean']:+.2f}", interval))
    print_table(table)
    print()
    lines = [
        (claim, verdict, "-" if math.isnan(estimate) else f"{estimate:+.3f}", statement)
        for claim, verdict, estimate, statement in claims.itertuples(index=False, name=None)
    ]
    print_table([("claim", "verdict", "effect", "statement"), *lines])


def _interval(low: float, high: float) -> str:
    if math.isnan(low):
        return "none: one run"  # nothing to tell the spread of runs from
    return f"{low:+.2f} to {high:+.2f}"


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table of ``plots``, where anybody may have edited it, that must have these columns."""
    kinds: dict[str, type] = {name: str if name in TEXTS else float for name in columns}
    kinds |= {N_LABELS: int}
    with reading(path, sealed=False):
        table = pd.read_csv(path, dtype=kinds)
        return table[[*columns]]
