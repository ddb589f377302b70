"""What was found, in sentences and tables: for the README as Markdown, and for the page."""

import math
from collections.abc import Sequence

import pandas as pd

from stages.check.whole import Params
from stages.report import tables
from stages.report.findings import Findings
from stages.report.rule import RULE
from stages.report.section import Section
from stages.results.classifiers import METHOD, N_LABELS
from stages.results.methods import FROZEN, PROBE, SHUFFLED, TFIDF, TFIDF_BIGRAMS, VANILLA, WORD2VEC
from stages.sgns.params import SgnsParams, VariantParams

MISSING = "–"  # noqa: RUF001 - a dash in the place of a number


def markdown(found: Findings, params: Params, source: str) -> dict[str, str]:
    """Return, by name of its file, what the README shows: the answer, and what stands behind it."""
    sections = evidence(found, params)
    return {
        "answer": f"{' '.join(headline(found))}\n\n{results(found, params, source).markdown()}",
        "evidence": "\n".join(section.markdown() for section in sections),
    }


def evidence(found: Findings, params: Params) -> list[Section]:
    """Return what stands behind the answer, for the README too, without tables of no rows."""
    sections = [claims(found.claims), parts(found.parts), variants(found, params)]
    sections += [controls(found), without_vectors(found)]
    return [section for section in sections if section.rows]


def headline(found: Findings) -> list[str]:
    """Return the answer in sentences."""
    gains = found.intervals.gain_of(WORD2VEC)
    few, many = gains.iloc[0], gains.iloc[-1]
    more = f", and {many['mean']:+.1f} with {int(many[N_LABELS]):,}" if len(gains) > 1 else ""
    sentences = [
        f"Starting the classifier from SGNS vectors is worth {few['mean']:+.1f} accuracy points "
        f"with {int(few[N_LABELS]):,} labels{more}."
    ]
    needed = found.equivalent
    if len(needed) and 0 < needed["vanilla_labels"].iloc[0] < math.inf:
        labels, same = needed.iloc[0][N_LABELS], needed.iloc[0]["vanilla_labels"]
        sentences.append(
            f"Without them, about {_rounded(same, 2)} labels would be needed to do what "
            f"they do with {int(labels):,}."
        )
    return [*sentences, usual_gain(found.parts)]


def usual_gain(table: pd.DataFrame) -> str:
    """Return what the usual comparison shows with the fewest labels, and what of."""
    fewest = table[N_LABELS].min()
    at = table[table[N_LABELS] == fewest].set_index(tables.PART)["mean"]
    total, direction, recipe, scale = (at[part] for part in (tables.TOTAL, *tables.PARTS))
    return (
        "The usual comparison, SGNS vectors just as they come against default random ones in an "
        f"untuned classifier, would show {total:+.1f} points with {int(fewest):,} labels: "
        f"{direction:+.1f} from what the vectors know, {recipe:+.1f} from leaving the classifier "
        f"untuned, and {scale:+.1f} from the size of the numbers that it starts from."
    )


def results(found: Findings, params: Params, source: str) -> Section:
    """Return test accuracies and gains by number of labels, with 95 % intervals."""
    over = [found.intervals.gain_of(WORD2VEC, method) for method in (VANILLA, TFIDF)]
    rows = _accuracies(found, (WORD2VEC, VANILLA, TFIDF), over)
    sizes, *bounds = (found.equivalent[name] for name in found.equivalent)
    needs = [labels_needed(each, min(sizes), max(sizes)) for each in zip(*bounds, strict=True)]
    header = ("labels", "word2vec", "vanilla", "TF-IDF + logistic regression")
    gains = ("gain over vanilla", "over TF-IDF", "labels vanilla would need")
    note = (
        f"Test accuracy in %, mean over {params.classify.runs} runs, ± half the 95 % interval "
        "over runs and test rows; gains are in points, paired by run and test row. Labels needed: "
        "between the measured numbers, accuracy is taken as linear in log(labels); with 95 % "
        "interval over runs and test rows. "
        f"R = {params.sgns.R}, K = {params.sgns.K}. Data: {source}."
    )
    rows = [(*row, need) for row, need in zip(rows, needs or [MISSING], strict=True)]
    return Section("answer-table", "Results", (*header, *gains), rows, note)


def labels_needed(bounds: Sequence[float], least: int, most: int) -> str:
    """Return a number of labels with its bounds; none of them is known outside what was tried."""

    def show(labels: float) -> str:
        if math.isinf(labels):
            return f"over {most:,}"
        return _rounded(labels, 3) if labels else f"under {least:,}"

    estimate, low, high = bounds
    if math.isnan(low) or show(low) == show(high):
        return show(estimate)
    return f"{show(estimate)} ({show(low)} to {show(high)})"


def claims(table: pd.DataFrame) -> Section:
    """Return the tests of the claims with their verdicts."""
    told = ("claim", "verdict", "statement")
    rows = []
    for row in table.to_dict("records"):
        effect = f"{tables.rounded(row['estimate']):+.3f}"
        intervals = (_between(row[f"{kind}_low"], row[f"{kind}_high"]) for kind in ("holm", "ci"))
        p = MISSING if math.isnan(row["p_value"]) else f"{row['p_value']:.2g}"
        rows.append((*(str(row[name]) for name in told), effect, *intervals, p, str(row["n"])))
    header = (*told, "effect", "interval of the verdict", "95 % interval", "p", "n")
    return Section("claims", "Which claims hold", header, rows, RULE)


def parts(table: pd.DataFrame) -> Section:
    """Return the parts of the usual gain at each number of labels."""
    names = (tables.TOTAL, *tables.PARTS)
    each = [tables.rows_with(table, {tables.PART: name}) for name in names]
    rows = [(f"{n:,}", *(_show(part, n, "+.2f") for part in each)) for n in each[0][N_LABELS]]
    note = (
        "Points; ± half the 95 % interval over runs and test rows, all paired. Usual gain: "
        "word2vec-raw minus vanilla-default, SGNS's vectors and torch's random rows as long as "
        "they come, by the recipe of `usual`. It is the sum of the others. Direction: word2vec "
        "minus vanilla, all rows of one length, by the tuned recipe. Regularisation and tuning: "
        "word2vec-usual minus vanilla-usual, the same rows by the recipe of `usual`, less the "
        "direction. Initial scale: what is left."
    )
    header = ("labels", "usual gain", *tables.PARTS)
    return Section("parts", "Where the usual gain comes from", header, rows, note)


def variants(found: Findings, params: Params) -> Section:
    """Return a table of vectors learned from other text, or with another objective."""
    names = [name for name in params.variants if name in set(found.intervals.accuracy[METHOD])]
    rows = _accuracies(found, (WORD2VEC, *names))
    settings: dict[str, SgnsParams | VariantParams] = {WORD2VEC: params.sgns}
    settings |= {name: params.variants[name] for name in names}
    about = "; ".join(
        f"{name}: corpus {setting.corpus}, objective {setting.objective}"
        for name, setting in settings.items()
    )
    note = (
        f"The same rows and runs, other vectors. {about}. Vectors of the labelled pool's text "
        f"also know more of its words, which is part of their gain. {unknown(found, params)}"
    )
    title = "What the vectors are learned from, and how"
    return Section("variants", title, ("labels", WORD2VEC, *names), rows if names else [], note)


def unknown(found: Findings, params: Params) -> str:
    """Return a sentence on the words that a classifier does not know."""
    shares = found.series["unknown"].set_index(N_LABELS) * 100
    sizes = " / ".join(f"{size:,}" for size in shares.index)

    def by_size(method: str) -> str:
        return " / ".join(f"{share:.1f}" for share in shares[method])

    others = "".join(
        f"; {name} {by_size(name)}"
        for name, variant in params.variants.items()
        if variant.corpus != params.sgns.corpus and name in shares.columns
    )
    return (
        f"Unknown tokens of the test split, %, at {sizes} labels: "
        f"word2vec and vanilla {by_size(WORD2VEC)}; TF-IDF {by_size(TFIDF)}{others}."
    )


def controls(found: Findings) -> Section:
    """Return a table of what tells initialisation and representation apart."""
    rows = _accuracies(found, (WORD2VEC, FROZEN, PROBE, SHUFFLED, VANILLA))
    note = (
        "The same rows and runs. Frozen: the embedding never moves. Linear probe: logistic "
        "regression on the mean of a row's vectors. Shuffled: each vector at another word, a "
        "control that must not help."
    )
    names = ("labels", WORD2VEC, "its vectors frozen", "linear probe", "vectors shuffled", VANILLA)
    return Section("controls", "Controls", names, rows, note)


def without_vectors(found: Findings) -> Section:
    """Return accuracies of regressions on words and on pairs of them, and the gains over these."""
    bags = (TFIDF, TFIDF_BIGRAMS)
    over = [found.intervals.gain_of(WORD2VEC, bag) for bag in bags]
    rows = _accuracies(found, (WORD2VEC, *bags), over)
    note = (
        "The same rows and runs. TF-IDF: logistic regression on the TF-IDF of the words of the "
        "labelled rows; and bigrams: and of the pairs of neighbouring words that they have at "
        "least twice. C is chosen on the validation rows. Gains are paired by run and test row."
    )
    names = ("TF-IDF", "TF-IDF and bigrams", "over TF-IDF", "over TF-IDF and bigrams")
    return Section("without-vectors", "Beside TF-IDF", ("labels", WORD2VEC, *names), rows, note)


def relations(table: pd.DataFrame) -> Section:
    """Return how the vectors' geometry goes with test accuracy over the grid."""
    rows = [
        (measure.replace("_", " "), f"{rank:+.2f}", f"{low:+.2f} to {high:+.2f}", str(cells))
        for measure, rank, low, high, cells in table.itertuples(index=False)
    ]
    note = (
        "Spearman's rank correlation over the cells of R and K, 95 % interval by bootstrap over "
        "cells. Cells that share R or K are alike, so the intervals are rather too narrow; of a "
        "few cells, little can be said."
    )
    header = ("measure", "rank correlation with test accuracy", "95 % interval", "cells")
    return Section("relations", "Geometry and test accuracy", header, rows, note)


def _accuracies(
    found: Findings, methods: Sequence[str], gains: Sequence[pd.DataFrame] = ()
) -> list[tuple[str, ...]]:
    """Return a row for each number of labels, from the fewest: methods' accuracies, and gains."""
    accuracies = [found.intervals.accuracy_of(method) for method in methods]
    return [
        (
            f"{labels:,}",
            *(_show(table, labels, ".2f", factor=100) for table in accuracies),
            *(_show(table, labels, "+.2f") for table in gains),
        )
        for labels in sorted(set(found.intervals.accuracy[N_LABELS].astype(int)))
    ]


def _show(table: pd.DataFrame, labels: int, style: str, *, factor: int = 1) -> str:
    """Return the mean at a number of labels, with half its interval where there is one."""
    [at] = table[table[N_LABELS] == labels].to_dict("records")
    half = factor * float(at["high"] - at["low"]) / 2
    shown = f"{tables.rounded(factor * float(at['mean'])):{style}}"
    return shown if math.isnan(half) else f"{shown} ± {half:.2f}"


def _between(low: float, high: float) -> str:
    return (
        MISSING if math.isnan(low) else f"{tables.rounded(low):+.3f} to {tables.rounded(high):+.3f}"
    )


def _rounded(number: float, digits: int) -> str:
    return f"{float(f'{number:.{digits}g}'):,.0f}"
