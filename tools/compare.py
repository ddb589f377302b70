"""``python -m tools.compare OLD NEW``: do two ``plots`` folders come to the same conclusions?

A GPU, Arm or a processor without AVX2 adds the same numbers up in another order, and so gives other
bytes. What must be the same then, and what may differ by how much, stands below,
each with its reason. Files that are drawn from these (figures, curves, the report), or that show
single words (attention, scores, the map), are not compared.
"""

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.console import StageError, print_table, run_stage, say

Key = tuple[str, ...]
Table = dict[Key, dict[str, str]]


@dataclass(frozen=True)
class Tolerance:
    """How far the columns of a table may lie apart: the sum of both parts."""

    file: str
    keys: tuple[str, ...]  # what tells one row from another
    columns: tuple[str, ...]
    absolute: float
    relative: float
    reason: str


RUN = ("budget", "method", "run")
CELL = ("R", "K")
MEANS = ("vanilla", "tfidf", "word2vec", "frozen", "shuffled", "probe")
GEOMETRY = (
    *("mean_cosine_centre", "mean_cosine_context", "effective_rank", "uniformity", "alignment"),
    *("retrieval", "pmi_slope", "pmi_intercept", "pmi_correlation", "stability"),
)
TOLERANCES = (
    Tolerance("results.csv", RUN, ("n_labels", "unknown_share"), 0, 1e-9, "counted, not trained"),
    Tolerance(
        *("results.csv", RUN, ("test_accuracy",), 0.01, 0),
        "a single run may choose another epoch where two are nearly as good",
    ),
    Tolerance(
        *("ablation.csv", (*CELL, *RUN), ("test_accuracy",), 0.01, 0),
        "as in results.csv",
    ),
    Tolerance(
        *("labels.csv", ("n_labels",), MEANS, 0.0025, 0),
        "half the smallest effect of interest: two means cannot feign one",
    ),
    Tolerance(
        *("grid.csv", ("n_labels", *CELL), ("mean",), 0.25, 0),
        "in points, as in labels.csv",
    ),
    Tolerance(
        *("history.csv", ("experiment", *CELL, *RUN, "epoch"), ("validation_loss",), 0.01, 0),
        "nats, at the same epoch; the least difference of a claim is about 0.01",
    ),
    Tolerance(
        *("equivalent_labels.csv", ("n_labels",), ("vanilla_labels",), 0, 0.1),
        "10 %: a slope of few points a doubling makes labels of accuracy",
    ),
    Tolerance(
        *("sgns.csv", ("experiment", *CELL, "model", "epoch"), ("validation_loss",), 0.005, 0),
        "nats; 0.4 % of the loss at K = 1",
    ),
    Tolerance(
        *("lens.csv", CELL, GEOMETRY, 0.005, 0.01),
        "1 %, and a little where a measure is about 0",
    ),
    Tolerance(
        *("lens_and_accuracy.csv", ("measure",), ("spearman",), 0.1, 0),
        "a few exchanged ranks of the cells, 7 in the published results",
    ),
)
SHARED_NEIGHBOURS = 0.9  # of nearest words; the last of a list lie close together
EXACT = {"data.json": "other data cannot give the same conclusions"}


@dataclass(frozen=True)
class Finding:
    """What was compared, how far it lies apart at most, and where it lies too far."""

    what: str
    most: str
    allowed: str
    too_far: list[str]


def read_table(path: Path, keys: Key) -> Table:
    """Return the rows of a CSV file by their keys.

    Raises:
        StageError: it cannot be read, or two rows have the same keys.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        table = {tuple(row[key] for key in keys): row for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise unreadable(path, error) from None
    if len(table) < len(rows):
        raise unreadable(path, ValueError(f"two rows have the same {', '.join(keys)}"))
    return table


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; raises StageError if it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: Exception) -> StageError:
    """Return the error for a file that is not one of the report's."""
    reason = f"no column {error}" if isinstance(error, KeyError) else error
    return StageError(f"{path} cannot be compared ({reason}); make it with: dvc repro report")


def paired(old: Table, new: Table) -> Iterator[tuple[Key, dict[str, str], dict[str, str]]]:
    """Yield the rows that both tables have."""
    for key, row in old.items():
        if key in new:
            yield key, row, new[key]


def strangers(old: Table, new: Table) -> list[str]:
    """Return the rows that only one table has, in words."""
    return [
        f"{' '.join(key)}: only in {side}"
        for side, rows in (("OLD", old.keys() - new.keys()), ("NEW", new.keys() - old.keys()))
        for key in sorted(rows)
    ]


def number(row: dict[str, str], column: str, file: str) -> float:
    """Return a number; what a table leaves empty, as it does an unknown one, is NaN."""
    try:
        return float(row[column] or "nan")
    except (KeyError, ValueError):
        raise StageError(
            f"{file} has no number in {column}; make it again with: dvc repro report"
        ) from None


def apart(old: float, new: float) -> float:
    """Return the distance; 0 for the same infinity or both NaN, infinite for one of them."""
    if old == new or (math.isnan(old) and math.isnan(new)):
        return 0.0
    distance = abs(old - new)
    return math.inf if math.isnan(distance) else distance


def within(tolerance: Tolerance, old_folder: Path, new_folder: Path) -> Finding:
    """Compare the columns of one table."""
    old, new = (read_table(f / tolerance.file, tolerance.keys) for f in (old_folder, new_folder))
    most, too_far = 0.0, strangers(old, new)
    for key, *rows in paired(old, new):
        for column in tolerance.columns:
            a, b = (number(row, column, tolerance.file) for row in rows)
            distance = apart(a, b)
            most = max(most, distance)
            finite = [abs(x) for x in (a, b) if math.isfinite(x)]
            if distance > tolerance.absolute + tolerance.relative * max(finite, default=0.0):
                too_far.append(f"{' '.join(key)}: {column} {a:g} became {b:g}")
    columns = tolerance.columns[0] if len(tolerance.columns) == 1 else "its measures"
    parts = [f"{tolerance.absolute:g}"] if tolerance.absolute or not tolerance.relative else []
    parts += [f"{tolerance.relative:.2g} of it"] if tolerance.relative else []
    return Finding(f"{tolerance.file}: {columns}", f"{most:.3g}", " + ".join(parts), too_far)


def verdicts(old_folder: Path, new_folder: Path) -> Finding:
    """Compare verdicts: these are the conclusions."""
    old, new = (
        read_table(folder / "claims.csv", ("claim",)) for folder in (old_folder, new_folder)
    )
    changed = [
        f"{key[0]}: {a['verdict']} became {b['verdict']}"
        for key, a, b in paired(old, new)
        if a["verdict"] != b["verdict"]
    ]
    return Finding(
        "claims.csv: verdict", f"{len(changed)} differ", "none", strangers(old, new) + changed
    )


def effects(old_folder: Path, new_folder: Path) -> Finding:
    """Compare effects: each must lie within the other's 95 % interval."""
    old, new = (
        read_table(folder / "claims.csv", ("claim",)) for folder in (old_folder, new_folder)
    )
    most, too_far = 0.0, []
    for key, *rows in paired(old, new):
        (a, a_low, a_high), (b, b_low, b_high) = (
            [number(row, column, "claims.csv") for column in ("estimate", "ci_low", "ci_high")]
            for row in rows
        )
        most = max(most, apart(a, b))
        if a != b and not (b_low <= a <= b_high and a_low <= b <= a_high):
            too_far.append(f"{key[0]}: estimate {a:g} became {b:g}")
    return Finding("claims.csv: estimate", f"{most:.3g}", "within each other's interval", too_far)


def neighbours(old_folder: Path, new_folder: Path) -> Finding:
    """Compare nearest words: how many of all are shared, whatever their order."""
    keys = ("word", "neighbour")
    old, new = (read_table(folder / "neighbours.csv", keys) for folder in (old_folder, new_folder))
    share = len(old.keys() & new.keys()) / max(len(old), len(new), 1)
    too_far = [] if share >= SHARED_NEIGHBOURS else [f"{share:.1%} of nearest words are shared"]
    least = f"at least {SHARED_NEIGHBOURS:.0%}"
    return Finding("neighbours.csv: shared", f"{share:.1%}", least, too_far)


def exactly(old_folder: Path, new_folder: Path) -> Iterator[Finding]:
    """Compare what must be equal: the data, and that the grid's main cell repeats the main one."""
    for name, reason in EXACT.items():
        same = read_json(old_folder / name) == read_json(new_folder / name)
        too_far = [] if same else [f"differs: {reason}"]
        yield Finding(name, "equal" if same else "differs", "equal", too_far)
    grid = "grid_reproduces_main"
    old, new = (read_json(folder / "metrics.json").get(grid) for folder in (old_folder, new_folder))
    too_far = [] if old == new else [f"{grid} {old} became {new}"]
    yield Finding(f"metrics.json: {grid}", str(new), str(old), too_far)


def compare(old: Path, new: Path) -> list[Finding]:
    """Compare two folders of the report.

    Raises:
        StageError: one is no such folder, or a file of it is missing or damaged.
    """
    for folder in (old, new):
        if not folder.is_dir():
            raise StageError(f"{folder} is no folder; name two plots folders.")
    return [
        *exactly(old, new),
        verdicts(old, new),
        effects(old, new),
        *(within(tolerance, old, new) for tolerance in TOLERANCES),
        neighbours(old, new),
    ]


def same_bytes(old: Path, new: Path) -> tuple[int, int]:
    """Return how many files of both folders have the same bytes, and of how many."""
    names = {path.name for folder in (old, new) for path in folder.iterdir() if path.is_file()}
    pairs = [(old / name, new / name) for name in names]
    same = [a.is_file() and b.is_file() and a.read_bytes() == b.read_bytes() for a, b in pairs]
    return sum(same), len(same)


def main() -> None:
    """Print what was compared and what lies too far apart; exit 1 if anything does."""
    parser = argparse.ArgumentParser(prog="python -m tools.compare", description=__doc__)
    parser.add_argument("old", type=Path, metavar="OLD", help="a plots folder")
    parser.add_argument("new", type=Path, metavar="NEW", help="another one")
    arguments = parser.parse_args()
    findings = compare(arguments.old, arguments.new)
    rows = [(f.what, f.most, f.allowed, "too far" if f.too_far else "ok") for f in findings]
    print_table([("compared", "differs by at most", "allowed", ""), *rows])
    for finding in findings:
        for where in finding.too_far[:10]:
            say(f"compare: {finding.what}: {where}")
        if len(finding.too_far) > 10:
            say(f"compare: {finding.what}: and {len(finding.too_far) - 10} more")
    bad = sum(bool(finding.too_far) for finding in findings)
    same, files = same_bytes(arguments.old, arguments.new)
    verdict = f"{bad} of {len(findings)} comparisons differ" if bad else "the same conclusions"
    say(f"compare: {verdict}; {same} of {files} files have the same bytes")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    run_stage("compare", main)
