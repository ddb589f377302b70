"""The HTML report: what it says, that it escapes, and that it works in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import tests.picture
from stages.report import page
from stages.report.pictures import all_pictures
from stages.report.style import Drawn
from tests.report.synthetic import findings, params, tables

MANIFEST = {"title": "Text & <i>labels</i>", "rows": {"train": 12}}
STATISTICS = {"words": {"labelled": 7}}


@cache
def rendered(attack: str = "") -> str:
    """The page of the made-up findings, perhaps with an attack for a word and its neighbour."""
    near = tables().neighbours
    if attack:
        near = near.replace(["cedar", "basin"], attack)
    found = replace(findings(), tables=replace(tables(), neighbours=near))
    shown = all_pictures(found, params(), "made-up")[:2]
    pictures = [(picture, Drawn.of(picture.figure)) for picture in shown]
    return page.render(found, params(), MANIFEST, STATISTICS, pictures)


def attributes(*names: str) -> list[str]:
    """The values of these attributes, of all tags of the page."""
    return re.findall(rf'<[^>]*?\s(?:{"|".join(names)})="([^"]*)"', rendered())


def test_everything_from_data_is_escaped() -> None:
    text = rendered()
    assert "<i>labels" not in text and "Text &amp; &lt;i&gt;labels&lt;/i&gt;" in text
    assert "<b>" not in text and "&lt;b&gt;" in text
    attacked = rendered('"><script>alert(1)</script>')
    assert text.count("<script") == attacked.count("<script") == 1


def test_nothing_is_fetched_from_elsewhere() -> None:
    addresses = attributes("src", "href", "data", "poster", "action", "srcset")
    beside = "../models/explore/explore.html"  # a link to follow
    assert addresses.count(beside) == 1
    assert all(address.startswith(("#", "data:")) for address in addresses if address != beside)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", rendered())


def test_every_image_has_a_text_and_no_name_is_given_twice() -> None:
    assert rendered().count("<img ") == len(attributes("alt")) == 2 and all(attributes("alt"))
    assert len(set(attributes("id"))) == len(attributes("id"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Debian's Chromium, without a window, on the page."""
    if not (tests.picture.BROWSER and tests.picture.DRIVER):
        pytest.skip("no chromium and chromedriver: install both to test the report in a browser")
    folder = tmp_path_factory.mktemp("page")
    (folder / "report.html").write_text(rendered(), encoding="utf-8")
    with tests.picture.browser(folder) as driver:
        driver.get((folder / "report.html").as_uri())
        yield driver


def column(browser: Any, table: str, number: int) -> list[str]:
    cells: list[str] = browser.execute_script(
        "return [...document.getElementById(arguments[0]).tBodies[0].rows]"
        ".filter(r => !r.hidden).map(r => r.cells[arguments[1]].textContent)",
        table,
        number,
    )
    return cells


def test_a_click_or_a_key_sorts_by_the_column(browser: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    head = browser.find_elements("css selector", "#grid th")[2]
    button = head.find_element("css selector", "button")
    button.click()
    rising = [float(cell) for cell in column(browser, "grid", 2)]
    assert rising == sorted(rising) and len(rising) == 4
    assert head.get_attribute("aria-sort") == "ascending"
    button.send_keys(Keys.ENTER)
    assert [float(cell) for cell in column(browser, "grid", 2)] == rising[::-1]
    assert head.get_attribute("aria-sort") == "descending"
    assert browser.get_log("browser") == []


def test_a_filter_hides_the_other_rows_and_says_so(browser: Any) -> None:
    field = browser.find_element("id", "filter-neighbours")
    field.send_keys("BASIN")
    assert column(browser, "neighbours", 0) == ["cedar"]
    said = browser.find_element("css selector", "output[for='filter-neighbours']")
    assert said.text == "1 of 2 rows"
    field.clear()
    field.send_keys(" ")
    assert column(browser, "neighbours", 0) == ["<b>", "cedar"]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_no_wider_than_the_screen(browser: Any, width: int) -> None:
    tests.picture.resize(browser, width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_dark_screens_get_a_dark_page(browser: Any) -> None:
    def background(scheme: str) -> str:
        features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
        colour: str = browser.execute_script(
            "return getComputedStyle(document.body).backgroundColor"
        )
        return colour

    assert background("light") == "rgb(255, 255, 255)"
    assert background("dark") == "rgb(21, 23, 26)"
