"""``answer.md`` and ``evidence.md``: the result as the README shows it."""

import math
from collections.abc import Iterable

import pandas as pd

from stages.params import Params, SgnsParams, VariantParams
from stages.report.claims import SIGNIFICANCE, SMALLEST_EFFECT, claims_table
from stages.report.equivalent import equivalent_labels
from stages.report.series import paired_gains
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


def markdown(tables: Tables, params: Params, source: str) -> dict[str, str]:
    """Return, by name of its file, what the README shows: the answer, and what stands behind it."""
    results = distinct_sizes(tables.results)
    answer = (
        [" ".join(headline(tables))],
        [*_results(results), "", _note(params, source)],
    )
    evidence = (
        _claims(claims_table(tables, params)),
        _variants(results, params),
        _controls(results),
        [_unknown(results, params)],
    )
    return {"answer": _joined(answer), "evidence": _joined(evidence)}


def _joined(parts: Iterable[list[str]]) -> str:
    return "\n".join("\n".join([*part, ""]) for part in parts if part)


def headline(tables: Tables) -> list[str]:
    """Return the answer in sentences."""
    found = distinct_sizes(tables.results)
    gains = paired_gains(found)
    few, many = gains.iloc[0], gains.iloc[-1]
    more = f", and {many['mean']:+.1f} with {int(many['n_labels']):,}" if len(gains) > 1 else ""
    sentences = [
        f"Starting the classifier from SGNS vectors is worth {few['mean']:+.1f} accuracy points "
        f"with {int(few['n_labels']):,} labels{more}."
    ]
    needed = equivalent_labels(found)
    if len(needed) and math.isfinite(needed["vanilla_labels"].iloc[0]):
        labels, same = needed.iloc[0]["n_labels"], needed.iloc[0]["vanilla_labels"]
        sentences.append(
            f"Without them, about {float(f'{same:.2g}'):,.0f} labels would be needed to do what "
            f"they do with {int(labels):,}."
        )
    return sentences


def _results(results: pd.DataFrame) -> list[str]:
    """Return test accuracies and gains by number of labels, with 95 % intervals."""
    lines = [
        "| labels | word2vec | vanilla | gain, points | labels vanilla would need | "
        "TF-IDF + logistic regression |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    gains = paired_gains(results).set_index("n_labels")
    needed = equivalent_labels(results).set_index("n_labels")
    most = int(results["n_labels"].max())
    for labels in gains.index:
        rows = results[results["n_labels"] == labels]
        word2vec, vanilla, tfidf = (_accuracy(rows, m) for m in (WORD2VEC, VANILLA, TFIDF))
        gain = _show(Interval(*gains.loc[labels]), "+.2f")
        need = _labels(needed.loc[labels].tolist(), most) if len(needed) else ""
        lines.append(f"| {labels:,} | {word2vec} | {vanilla} | {gain} | {need} | {tfidf} |")
    return lines


def _labels(bounds: list[float], most: int) -> str:
    """Return a number of labels with its bounds; none of them is known beyond ``most``."""
    shown = [f"over {most:,}" if math.isinf(x) else f"{float(f'{x:.3g}'):,.0f}" for x in bounds]
    if math.isnan(bounds[1]):
        return shown[0]
    return shown[0] if shown[1] == shown[2] else f"{shown[0]} ({shown[1]} to {shown[2]})"


def _note(params: Params, source: str) -> str:
    return (
        f"Test accuracy in %, mean over {params.classify.seeds} seeds, ± half the 95 % confidence "
        "interval (Student's t); gains and labels needed are paired by seed. "
        f"R = {params.sgns.R}, K = {params.sgns.K}. Data: {source}."
    )


def _unknown(results: pd.DataFrame, params: Params) -> str:
    """Return a sentence on the words that a classifier does not know."""
    sizes = sorted(set(results["n_labels"].astype(int)))
    shares = results.groupby(["method", "n_labels"])["unknown_share"].mean() * 100

    def by_size(method: str) -> str:
        return " / ".join(f"{shares[method, size]:.1f}" for size in sizes)

    others = "".join(
        f"; {name} {by_size(name)}"
        for name, variant in params.variants.items()
        if variant.corpus != params.sgns.corpus and name in shares.index.get_level_values(0)
    )
    return (
        f"Unknown tokens of the test split, %, at {' / '.join(f'{n:,}' for n in sizes)} labels: "
        f"word2vec and vanilla {by_size(WORD2VEC)}; TF-IDF {by_size(TFIDF)}{others}."
    )


def _variants(results: pd.DataFrame, params: Params) -> list[str]:
    """Return a table of vectors learned from other text, or with another objective."""
    names = [name for name in params.variants if name in set(results["method"])]
    if not names:
        return []
    lines = [
        f"| labels | word2vec | {' | '.join(names)} |",
        "|---:|" + "---:|" * (len(names) + 1),
    ]
    for labels in sorted(set(results["n_labels"].astype(int))):
        rows = results[results["n_labels"] == labels]
        cells = " | ".join(_accuracy(rows, m) for m in (WORD2VEC, *names))
        lines.append(f"| {labels:,} | {cells} |")
    settings: dict[str, SgnsParams | VariantParams] = {WORD2VEC: params.sgns}
    settings |= {name: params.variants[name] for name in names}
    about = "; ".join(
        f"{name}: corpus {setting.corpus}, objective {setting.objective}"
        for name, setting in settings.items()
    )
    return [*lines, "", f"The same rows and seeds, other vectors. {about}."]


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
