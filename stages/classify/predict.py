"""What a kept classifier says of new texts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from stages.classify.evaluation import WordProducts
from stages.classify.saved import read_classifier
from stages.core.console import print_json, print_table
from stages.texts.subwords import splitter
from stages.vectors.tokens import UNKNOWN_ID, Texts

MOST_WORDS = 3  # of those attended to, in the table
NO_WORD = "(no word is known)"


@dataclass(frozen=True)
class Prediction:
    """One text's class, all classes' probabilities, and each word's share of attention.

    known_words: how many of the text's words the classifier has a row for; without any, its answer
    is the same for every such text. attention: (word, share) of the predicted class, in the order
    of the text; shares sum to 1. Empty where no word is known.
    """

    text: str
    predicted: str
    probabilities: dict[str, float]
    known_words: int
    attention: list[tuple[str, float]]


def show_predictions(folder: Path, texts: Iterable[str], as_json: bool) -> None:
    """Print a line a text: class, probability, the words most attended to, the text."""
    predictions = predict(folder, texts)
    if as_json:
        for prediction in predictions:
            print_json(asdict(prediction))
        return
    rows: list[Sequence[object]] = [("class", "probability", "attends to", "text")]
    for found in predictions:
        top = sorted(found.attention, key=lambda pair: -pair[1])[:MOST_WORDS]
        looked_at = ", ".join(f"{word} {share:.2f}" for word, share in top) or NO_WORD
        probability = f"{found.probabilities[found.predicted]:.3f}"
        rows.append((found.predicted, probability, looked_at, " ".join(found.text.split())))
    print_table(rows)


def predict(folder: Path, texts: Iterable[str]) -> Iterator[Prediction]:
    """Yield a prediction for each text; raises StageError if the classifier is missing."""
    classifier, about = read_classifier(folder)
    model = WordProducts.of(classifier.weights)
    rows = {word: row for row, word in enumerate(classifier.words)}
    split = splitter(about.lowercase, about.subwords)
    for text in texts:
        found = split(text)[: about.max_length]
        numbers = [rows.get(word, UNKNOWN_ID) for word in found]
        known = sum(number != UNKNOWN_ID for number in numbers)
        tokens = Texts.from_lists([numbers or [UNKNOWN_ID]])
        logits = model.logits(tokens)[0].astype(np.float64)
        weights = np.exp(logits - logits.max())
        chances, best = (weights / weights.sum()).tolist(), int(weights.argmax())
        attention = model.attention(tokens, best).tolist()
        yield Prediction(
            text,
            classifier.classes[best],
            dict(zip(classifier.classes, chances, strict=True)),
            known,
            list(zip(found, attention, strict=False)) if known else [],
        )
