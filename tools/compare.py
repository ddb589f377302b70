"""``python -m tools.compare OLD NEW``: do two ``plots`` folders come to the same conclusions?

A GPU, Arm or a processor without AVX2 adds the same numbers up in another order, and so gives other
bytes. What must be the same then, and what may differ by how much, stands below,
each with its reason. Files that are drawn from these (figures, curves, the report), or that show
single words (attention, scores, the map), are not compared.
"""

import argparse
import filecmp
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stages.core.console import StageError, print_table, run_stage, say

Folders = tuple[Path, Path]
Names = tuple[str, ...]


class Tolerance(NamedTuple):
    """How far the columns of a table may lie apart: the sum of both parts."""

    file: str
    keys: Names  # what tells one row from another
    columns: Names
    absolute: float
    relative: float


RUN, CELL, MODEL = ("budget", "method", "run"), ("R", "K"), ("experiment", "R", "K")
MEANS = ("vanilla", "tfidf", "word2vec", "frozen", "shuffled", "probe")
GEOMETRY = (
    *("mean_cosine_centre", "mean_cosine_context", "effective_rank", "uniformity", "alignment"),
    *("retrieval", "pmi_slope", "pmi_intercept", "pmi_correlation", "stability"),
)
TOLERANCES = (
    # Counted, not trained.
    Tolerance("results.csv", RUN, ("n_labels", "unknown_share"), 0, 1e-9),
    # A single run may choose another epoch where two are nearly as good.
    Tolerance("results.csv", RUN, ("test_accuracy",), 0.01, 0),
    Tolerance("ablation.csv", (*CELL, *RUN), ("test_accuracy",), 0.01, 0),
    # Half the smallest effect of interest: two means cannot feign one. The grid is in points.
    Tolerance("labels.csv", ("n_labels",), MEANS, 0.0025, 0),
    Tolerance("grid.csv", ("n_labels", *CELL), ("mean",), 0.25, 0),
    # Nats, at the same epoch; the least difference of a claim is about 0.01.
    Tolerance("history.csv", (*MODEL, *RUN, "epoch"), ("validation_loss",), 0.01, 0),
    # 10 %: a slope of few points a doubling makes labels of accuracy.
    Tolerance("equivalent_labels.csv", ("n_labels",), ("vanilla_labels",), 0, 0.1),
    # Nats; 0.4 % of the loss at K = 1.
    Tolerance("sgns.csv", (*MODEL, "model", "epoch"), ("validation_loss",), 0.005, 0),
    # 1 %, and a little where a measure is about 0.
    Tolerance("lens.csv", CELL, GEOMETRY, 0.005, 0.01),
    # A few exchanged ranks of the cells, 7 in the published results.
    Tolerance("lens_and_accuracy.csv", ("measure",), ("spearman",), 0.1, 0),
)
SHARED_NEIGHBOURS = 0.9  # of nearest words; the last of a list lie close together
CLAIMS = {"verdict": str, "estimate": float, "ci_low": float, "ci_high": float}


class Finding(NamedTuple):
    """What was compared, how far it lies apart at most, and where it lies too far."""

    what: str
    most: str
    allowed: str
    too_far: list[str]


def unreadable(path: Path, error: Exception) -> StageError:
    """Return the error for a file that is not one of the report's."""
    return StageError(f"{path} cannot be compared ({error}); make it with: dvc repro report")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; raises StageError if it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None


def read_table(path: Path, keys: Names, columns: dict[str, type]) -> pd.DataFrame:
    """Return columns of a CSV file by its keys; a number that is left empty is NaN.

    Raises:
        StageError: it cannot be read, or two rows have the same keys.
    """
    types = dict.fromkeys(keys, str) | columns
    none = {name: ["", "nan"] for name, kind in columns.items() if kind is float}
    try:
        table = pd.read_csv(
            path, usecols=[*types], dtype=types, keep_default_na=False, na_values=none
        )
        table.index = pd.Index(list(map(" ".join, table[[*keys]].itertuples(index=False))))
        if table.index.has_duplicates:
            raise ValueError(f"two rows have the same {', '.join(keys)}")
    except (OSError, ValueError, TypeError) as error:
        raise unreadable(path, error) from None
    return table


def paired(
    folders: Folders, file: str, keys: Names, columns: dict[str, type]
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the rows that both tables have, and in words those that only one has."""
    old, new = (read_table(folder / file, keys, columns) for folder in folders)
    both = old.index.intersection(new.index, sort=False)
    only = [f"{key}: only in OLD" for key in old.index.difference(both)]
    only += [f"{key}: only in NEW" for key in new.index.difference(both)]
    return old.loc[both], new.loc[both], only


def apart(old: pd.Series, new: pd.Series) -> pd.Series:
    """Return the distances; 0 for the same infinity or both NaN, infinite for one of them."""
    same = (old == new) | (old.isna() & new.isna())
    return (old - new).abs().fillna(np.inf).mask(same, 0.0)


def changed(old: pd.Series, new: pd.Series, where: pd.Series) -> list[str]:
    """Return the values that changed, in words."""
    values = zip(old.index[where], old[where], new[where], strict=True)
    return [f"{key}: {old.name} {a} became {b}" for key, a, b in values]


def within(tolerance: Tolerance, folders: Folders) -> Finding:
    """Compare the columns of one table."""
    file, keys, columns, absolute, relative = tolerance
    old, new, too_far = paired(folders, file, keys, dict.fromkeys(columns, float))
    most = 0.0
    for column in columns:
        a, b = old[column], new[column]
        size = pd.concat([a, b], axis=1).abs().max(axis=1).replace(np.inf, 0.0)
        distance = apart(a, b)
        most = max(most, distance.max())
        too_far += changed(a, b, distance > absolute + relative * size)
    parts = [f"{absolute:g}"] if absolute or not relative else []
    parts += [f"{relative:.2g} of it"] if relative else []
    what = columns[0] if len(columns) == 1 else "its measures"
    return Finding(f"{file}: {what}", f"{most:.3g}", " + ".join(parts), too_far)


def claims(folders: Folders) -> Iterator[Finding]:
    """Compare verdicts, which are the conclusions, and effects, by each other's interval."""
    old, new, only = paired(folders, "claims.csv", ("claim",), CLAIMS)
    a, b = old["verdict"], new["verdict"]
    others = changed(a, b, a != b)
    yield Finding("claims.csv: verdict", f"{len(others)} differ", "none", only + others)
    a, b = old["estimate"], new["estimate"]
    held = a.between(new["ci_low"], new["ci_high"]) & b.between(old["ci_low"], old["ci_high"])
    most = f"{apart(a, b).max():.3g}"
    moved = changed(a, b, (a != b) & ~held)
    yield Finding("claims.csv: estimate", most, "within each other's interval", moved)


def neighbours(folders: Folders) -> Finding:
    """Compare nearest words: how many of all are shared, whatever their order."""
    keys = ("word", "neighbour")
    old, new = (read_table(folder / "neighbours.csv", keys, {}).index for folder in folders)
    share = len(old.intersection(new)) / max(len(old), len(new), 1)
    too_far = [] if share >= SHARED_NEIGHBOURS else [f"{share:.1%} of nearest words are shared"]
    least = f"at least {SHARED_NEIGHBOURS:.0%}"
    return Finding("neighbours.csv: shared", f"{share:.1%}", least, too_far)


def exactly(folders: Folders) -> Iterator[Finding]:
    """Compare what must be equal: the data, and that the grid's main cell repeats the main one."""
    old, new = (read_json(folder / "data.json") for folder in folders)
    too_far = [] if old == new else ["differs: other data cannot give the same conclusions"]
    yield Finding("data.json", "differs" if too_far else "equal", "equal", too_far)
    grid = "grid_reproduces_main"
    old, new = (read_json(folder / "metrics.json").get(grid) for folder in folders)
    too_far = [] if old == new else [f"{grid} {old} became {new}"]
    yield Finding(f"metrics.json: {grid}", str(new), str(old), too_far)


def compare(old: Path, new: Path) -> list[Finding]:
    """Compare two folders of the report.

    Raises:
        StageError: one is not such a folder, or a file of it is missing or damaged.
    """
    folders = (old, new)
    for folder in folders:
        if not folder.is_dir():
            raise StageError(f"{folder} is not a folder; name two plots folders.")
    tables = [within(tolerance, folders) for tolerance in TOLERANCES]
    return [*exactly(folders), *claims(folders), *tables, neighbours(folders)]


def same_bytes(old: Path, new: Path) -> tuple[int, int]:
    """Return how many files of both folders have the same bytes, and of how many."""
    names = {path.name for folder in (old, new) for path in folder.iterdir() if path.is_file()}
    same, _, _ = filecmp.cmpfiles(old, new, names, shallow=False)
    return len(same), len(names)


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
