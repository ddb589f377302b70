"""The page to try: what is in it, and that in a real browser it says what Python says."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tests.picture
from stages.classify.predict import predict
from stages.classify.saved import Classifier, write_classifier
from stages.explore.page import NEWS, Shown, content, render
from stages.lens.neighbours import nearest
from stages.results.methods import VANILLA, WORD2VEC
from stages.texts.subwords import splitter, train
from stages.vectors.tokens import Splitting, Vocabulary
from stages.vectors.vectors import WordVectors
from tests.classify.examples import DIM, weights
from tests.support import WORDS

ATTACK = "</script><script>alert(1)</script>"
SCRIPTS = ("café", "u.s.", "3.5", "'s", "東", "タワー", "ひ", "👍🏽", "1,000", "i̇stanbul", "κόσμος")
ROWS = ("<unk>", *WORDS, *SCRIPTS, ATTACK, "<!--", "__proto__", "constructor")
CLASSES = ("<b>bold</b>", ATTACK, "quote'\"&amp;", "\u2028\\")
TEXTS = (
    *("Amber BASIN cedar", "basin", "", "...", "who knows?", "amber " * 9 + "dune dune", ATTACK),
    *("AT&amp;amp;T &lt;b&gt;caf&eacute;&#38;&#x41; &nope;", "<a href='x y'>dune</a> a <b and c>"),
    *("The U.S. army's 3.5-inch cafe\u0301 \u2019S", "東京タワー ひらがな", "ok👍🏽 ❤️ 🇩🇪🇫🇷 👩‍🚀x"),
    *("role @-@ playing 1 @,@ 000 dune", "İstanbul ΚΌΣΜΟΣ ΣΑΣ", "a\u00adb <unk>x dune\u200dkelp"),
    *("mp3 2,5,6 .5 a.b. e.g.x x'sy d'm", "हिन्दी kelp نص عربي ไทย", "__proto__ constructor kelp"),
)
VECTORS = np.random.default_rng(5).normal(size=(len(ROWS), DIM)).astype(np.float32)
LEARNED = train(["amber basin", "cedar dune ember", "κόσμος 東京"] * 9, True, 60)


def splitting(subwords: bool) -> Splitting:
    return Splitting(True, 7, LEARNED if subwords else None)


@cache
def shown(
    subwords: bool = False, classes: tuple[str, ...] = CLASSES
) -> dict[int, dict[str, Shown]]:
    """Classifiers of random weights; at the larger budget of more words."""
    pieces = tuple(json.loads(LEARNED)["model"]["vocab"]) if subwords else ROWS

    def one(run: int, words: tuple[str, ...]) -> Shown:
        given = weights(run, len(words))
        return Classifier(given._replace(table=2 * given.table), words, classes), splitting(
            subwords
        )

    arms = {VANILLA: 0, WORD2VEC: 1}
    return {
        n: {arm: one(run + n, pieces[: len(pieces) - less]) for arm, run in arms.items()}
        for n, less in ((20, 3), (4000, 0))
    }


@cache
def page(subwords: bool = False, classes: tuple[str, ...] = CLASSES) -> str:
    vocabulary = Vocabulary(ROWS, np.arange(len(ROWS), 0, -1))
    return render(content(vocabulary, WordVectors(VECTORS, VECTORS, {}), shown(subwords, classes)))


def test_no_data_ends_the_script_and_nothing_is_fetched() -> None:
    text = page()
    assert text.count("<script") == text.count("</script") == 2 and "<b>" not in text
    assert not [found for found in ("http:", "https:", "//", "url(", "fetch(") if found in text]


def test_only_news_has_examples() -> None:
    assert "Parliament" not in page() and "Parliament" in page(classes=NEWS)


def test_a_large_model_is_cut_to_three_megabytes() -> None:
    many = 60_000
    words = ("<unk>", *(f"word{i}" for i in range(1, many)))
    large = Classifier(weights(0, many), words, CLASSES), splitting(False)
    vectors = np.tile(VECTORS[:20], (many // 20, 1))
    found = content(
        Vocabulary(words, np.ones(many, np.int64)),
        WordVectors(vectors, vectors, {}),
        {n: {VANILLA: large, WORD2VEC: large} for n in (20, 4000)},
    )
    assert found["left"] > 0 and len(render(found).encode()) < 3_000_000


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (tests.picture.BROWSER and tests.picture.DRIVER):
        pytest.skip("no chromium and chromedriver: install both to test the page in a browser")
    with tests.picture.browser(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Callable[..., Any]:
    def opened(*given: Any) -> Any:
        (tmp_path / "explore.html").write_text(page(*given), encoding="utf-8")
        browser.get((tmp_path / "explore.html").as_uri())
        return browser

    return opened


@pytest.mark.parametrize("subwords", [False, True])
def test_probabilities_and_words_are_those_of_python(
    opened: Callable[..., Any], tmp_path: Path, subwords: bool
) -> None:
    driver, split = opened(subwords), splitter(True, splitting(subwords).subwords)
    texts = list(TEXTS)
    script = "return arguments[0].map((text) => models.map((model) => predict(model, text)))"
    found = driver.execute_script(script, texts)
    assert [one[0]["words"] for one in found] == [split(text) for text in texts]
    kept = [one for arms in shown(subwords).values() for one in arms.values()]
    for number, (classifier, how) in enumerate(kept):
        write_classifier(tmp_path, classifier, how)
        for said, expected in zip(found, predict(tmp_path, texts), strict=True):
            chances = list(expected.probabilities.values())
            assert said[number]["chances"] == pytest.approx(chances, abs=0.01)
            assert sum(said[number]["known"]) == expected.known_words
            if expected.attention and max(chances) > sorted(chances)[-2] + 0.02:
                shares = [share for _, share in expected.attention]
                assert said[number]["attention"] == pytest.approx(shares, abs=0.02)


def test_what_is_typed_is_shown_at_once_and_said(opened: Callable[..., Any]) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    driver = opened()
    driver.find_element("id", "text").send_keys(f"amber {ATTACK} unheard")
    cards = driver.find_elements("css selector", ".card")
    assert len(cards) == 4 and "4,000 labels" in cards[3].text
    assert cards[0].find_element("css selector", ".bars").text.count("0.") >= 3
    assert "unheard" in [m.text for m in cards[0].find_elements("css selector", "mark.unknown")]
    said = driver.find_element("id", "text-said")
    WebDriverWait(driver, 5).until(lambda _: "word2vec, 20 labels: " in said.text)
    assert driver.get_log("browser") == []


def test_neighbours_are_the_nearest_and_keys_walk_them(opened: Callable[..., Any]) -> None:
    from selenium.webdriver.common.keys import Keys

    driver = opened()
    field = driver.find_element("id", "word")
    field.send_keys("BASIN", Keys.ENTER)
    shown = [b.text.split("\n") for b in driver.find_elements("css selector", "#near button")]
    [expected] = nearest(VECTORS, [ROWS.index("basin")], 12)
    assert [word for word, _ in shown] == [ROWS[i] for i, _ in expected]
    cosines = [float(cosine) for _, cosine in shown]
    assert cosines == pytest.approx([cosine for _, cosine in expected], abs=0.011)
    driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert driver.switch_to.active_element.text.split("\n") == shown[1]
    lit = driver.find_elements("css selector", "#map text[font-weight='650']")
    on_map = [c.get_attribute("textContent") for c in driver.find_elements("css selector", "title")]
    assert lit and "basin" in on_map and "basin" in {text.text for text in lit}
    field.clear()
    field.send_keys("nowhere")
    assert "is not among them" in driver.find_element("id", "word-said").text


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_is_no_wider_than_the_screen(opened: Callable[..., Any], width: int) -> None:
    driver = opened()
    tests.picture.resize(driver, width)
    driver.find_element("id", "word").send_keys("basin")
    driver.find_element("id", "text").send_keys("amber" * 40)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
