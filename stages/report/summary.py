"""``summary.md``: the result in a table that the README shows."""

import math

import pandas as pd

from stages.params import Params
from stages.report.claims import SIGNIFICANCE, SMALLEST_EFFECT, claims_table
from stages.report.figures import paired_gains
from stages.report.statistics import Interval, mean_interval
from stages.report.tables import (
    FROZEN,
    PROBE,
    SHUFFLED,
    TFIDF,
    VANILLA,
    WORD2VEC,
    Tables,
    distinct_sizes,
)


def markdown(tables: Tables, params: Params, source: str) -> str:
    """Return test accuracies and gains by number of labels, with 95 % intervals."""
    header = "| labels | word2vec | vanilla | gain, points | TF-IDF + logistic regression |"
    lines = [header, "|---:|---:|---:|---:|---:|"]
    results = distinct_sizes(tables.results)
    gains = paired_gains(results)
    for labels, *bounds in gains.itertuples(index=False, name=None):
        rows = results[results["n_labels"] == labels]
        word2vec, vanilla, tfidf = (_accuracy(rows, m) for m in (WORD2VEC, VANILLA, TFIDF))
        difference = _show(Interval(*bounds), "+.2f")
        lines.append(f"| {labels:,} | {word2vec} | {vanilla} | {difference} | {tfidf} |")
    seeds = params.classify.seeds
    note = (
        f"Test accuracy in %, mean over {seeds} seeds, ± half the 95 % confidence interval "
        f"(Student's t); the gain is paired by seed. R = {params.sgns.R}, K = {params.sgns.K}. "
        f"Data: {source}."
    )
    claims = _claims(claims_table(tables, params))
    return "\n".join([*lines, "", note, "", *_controls(results), "", *claims, ""])


def _claims(table: pd.DataFrame) -> list[str]:
    """Return the tests of the claims with their verdicts."""
    lines = ["| | claim | effect, 95 % interval | p | verdict |", "|---|---|---:|---:|---|"]
    for row in table.itertuples(index=False):
        effect = f"{row.estimate:+.3f} ({row.ci_low:+.3f} to {row.ci_high:+.3f})"
        lines.append(
            f"| {row.claim} | {row.statement} | {effect} | {row.p_value:.2g} | {row.verdict} |"
        )
    return [
        *lines,
        "",
        "Effects are paired by seed and positive where they agree with the claim; p is Student's, "
        f"corrected by Holm. Supported: p < {SIGNIFICANCE} and, for accuracy, at least "
        f"{SMALLEST_EFFECT} points; contradicted: the whole interval is below that (below 0 for "
        "losses and trends); else inconclusive.",
    ]


def _controls(results: pd.DataFrame) -> list[str]:
    """Return a table of what tells initialisation and representation apart."""
    methods = (WORD2VEC, FROZEN, PROBE, SHUFFLED, VANILLA)
    lines = [
        "| labels | word2vec | its vectors frozen | linear probe | vectors shuffled | vanilla |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for labels in sorted(set(results["n_labels"].astype(int))):
        rows = results[results["n_labels"] == labels]
        lines.append(f"| {labels:,} | {' | '.join(_accuracy(rows, m) for m in methods)} |")
    return [
        *lines,
        "",
        "The same rows and seeds. Frozen: the embedding never moves. Linear probe: logistic "
        "regression on the mean of a row's vectors. Shuffled: each vector at another word, a "
        "control that must not help.",
    ]


def _accuracy(rows: pd.DataFrame, method: str) -> str:
    return _show(mean_interval(rows[rows["method"] == method]["test_accuracy"] * 100), ".2f")


def _show(interval: Interval, style: str) -> str:
    half = (interval.high - interval.low) / 2
    return f"{interval.mean:{style}}" + ("" if math.isnan(half) else f" ± {half:.2f}")
