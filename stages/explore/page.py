"""``explore.html``: neighbours of words and classes of texts, in one file without a network.

What the page holds of the data is words, names of classes, and numbers.
"""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from stages.classify.evaluation import WordProducts
from stages.classify.saved import Classifier, read_classifier
from stages.core.atomic import output_folder, read_lines, write_text
from stages.core.console import say
from stages.explore.numbers import DIGITS, in_digits, in_steps
from stages.report.word_map import word_map
from stages.results.classifiers import CLASSIFY, CLASSIFY_BASELINE, N_LABELS
from stages.results.methods import VANILLA, WORD2VEC
from stages.texts.words import MARKUP
from stages.vectors.tokens import Splitting, Vocabulary, read_vocabulary
from stages.vectors.vectors import SGNS_MAIN, WordVectors, read_vectors

EXPLORE = Path("models/explore")
PAGE = "explore.html"
ARMS = {VANILLA: CLASSIFY_BASELINE, WORD2VEC: CLASSIFY}
# Of the largest parts, so that the page stays below 3 MB whatever the data.
TABLE_BYTES, VECTOR_BYTES = 2_500_000, 420_000
SCORE_BITS, VALUE_BITS, PLACES = 8, 10, 3  # of a word's score and value for a class, together
VECTOR_BITS, VECTOR_PLACES = 12, 2
MAP_WORDS = 480
NEWS = ("World", "Sports", "Business", "Sci/Tech")
EXAMPLES = (  # made up; in some the classifiers differ, and either may be right
    "Parliament dissolved after the king falls ill",
    "Orchestra strikes over pay as theatre loses money",
    "Robot plays the violin, badly, but it learns",
    "Cyclist climbs the last hill alone to take the yellow jersey",
    "Airline grounds its fleet as fuel runs short",
)

Shown = tuple[Classifier, Splitting]


def make(budgets: Sequence[int]) -> None:
    """Write the page of the main vectors, and of both arms at these label budgets."""
    shown = {
        labels(CLASSIFY / f"budget-{n}"): {
            arm: read_classifier(folder / f"budget-{n}") for arm, folder in ARMS.items()
        }
        for n in budgets
    }
    text = render(content(read_vocabulary(SGNS_MAIN), read_vectors(SGNS_MAIN), shown))
    with output_folder(EXPLORE) as folder:
        write_text(folder / PAGE, text)
    say(f"explore: {EXPLORE / PAGE}: {len(text.encode()) / 1e6:.1f} MB")


def labels(folder: Path) -> int:
    """Return how many labelled examples there were for a budget: no more than the data have."""
    return int(next(csv.DictReader(read_lines(folder / "results.csv")))[N_LABELS])


def content(
    vocabulary: Vocabulary, vectors: WordVectors, shown: Mapping[int, Mapping[str, Shown]]
) -> dict[str, Any]:
    """Return all that the page holds; classifiers by number of labels and arm."""
    kept = [(n, arm, *found) for n, arms in shown.items() for arm, found in arms.items()]
    words = {n: found.words for n, _, found, _ in kept}
    _, _, first, splitting = kept[0]
    longest = max(words.values(), key=len)
    rows = within(longest, TABLE_BYTES, len(kept) * len(first.classes) * PLACES, len(words))
    same = [len(set(of_row)) == 1 for of_row in zip(*words.values(), strict=False)][:rows]
    common = [*same, False].index(False)
    learned = json.loads(splitting.subwords)["model"] if splitting.subwords else None
    return {
        "digits": DIGITS,
        "classes": first.classes,
        "examples": EXAMPLES if first.classes == NEWS else (),
        "lowercase": splitting.lowercase,
        "longest": splitting.max_length,
        "markup": re.sub(r"([*+])\+", r"\1", MARKUP.pattern),  # JavaScript has no possessive ones
        "merges": learned and learned["merges"],
        "letters": [piece for piece in learned["vocab"] if len(piece) == 1] if learned else [],
        "left": len(longest) - rows,
        "words": " ".join(first.words[:common]),
        "more": {n: " ".join(words[n][common:rows]) for n in words},
        "classifiers": [{"labels": n, "arm": arm} | table(c, rows) for n, arm, c, _ in kept],
        **neighbours(vocabulary, vectors),
    }


def within(words: Sequence[str], most: int, digits: int, times: int = 1) -> int:
    """Return how many words, each so many times and with so many digits, take ``most`` bytes."""
    sizes = np.cumsum([digits + times * (len(word.encode()) + 1) for word in words])
    return int(np.searchsorted(sizes, most, "right"))


def table(classifier: Classifier, rows: int) -> dict[str, Any]:
    """Return the first rows of a classifier: a number a word and class holds score and value.

    lowest, step: of the scores of all classes, then of their values.
    """
    products = WordProducts.of(classifier.weights)
    classes = len(classifier.classes)
    scores, *of_scores = in_steps(products.of_rows[:rows, :classes], SCORE_BITS)
    values, *of_values = in_steps(products.of_rows[:rows, classes:], VALUE_BITS)
    lowest, step = (np.concatenate(parts) for parts in zip(of_scores, of_values, strict=True))
    return {
        "table": in_digits(scores << VALUE_BITS | values, PLACES),
        "lowest": lowest.tolist(),
        "step": step.tolist(),
        "bias": products.bias[0].tolist(),
    }


def neighbours(vocabulary: Vocabulary, vectors: WordVectors) -> dict[str, Any]:
    """Return vectors of length 1 of the most frequent words, and a map of some of these."""
    most = within(vocabulary.words, VECTOR_BYTES, VECTOR_PLACES * vectors.centre.shape[1])
    some = Vocabulary(vocabulary.words[:most], vocabulary.counts[:most])
    drawn = word_map(some, vectors.centre[:most], MAP_WORDS)
    centre = vectors.centre[1:most]
    unit = centre / np.maximum(np.linalg.norm(centre, axis=1, keepdims=True), 1e-12)
    counts, lowest, step = in_steps(unit.reshape(-1, 1), VECTOR_BITS)
    return {
        "frequent": " ".join(some.words[1:]),
        "vectors": in_digits(counts, VECTOR_PLACES),
        "vectorLowest": lowest[0],
        "vectorStep": step[0],
        "map": drawn.to_numpy().tolist(),
    }


def render(content: Mapping[str, Any]) -> str:
    """Return the page; as JSON in a script, no data can end that or begin another."""
    environment = Environment(
        loader=PackageLoader("stages.explore"), autoescape=True, undefined=StrictUndefined
    )
    data = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return environment.get_template("explore.html.j2").render(data=data.replace("<", "\\u003c"))
