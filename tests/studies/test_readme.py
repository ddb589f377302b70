"""The page about the studies: its table of stages, and how texts come into it."""

import re
from pathlib import Path

import pytest
import yaml

from stages.core.console import StageError
from studies.summary import PAGES, fill, fill_pages
from tests.support import REPOSITORY

README = (REPOSITORY / "studies/README.md").read_text(encoding="utf-8")
PAGE = Path("page.md")


def test_the_table_of_stages_is_the_pipeline() -> None:
    pipeline = yaml.safe_load((REPOSITORY / "studies/dvc.yaml").read_text("utf-8"))
    assert re.findall(r"^\| `([a-z-]+)`", README, re.MULTILINE) == list(pipeline["stages"])


def test_a_text_without_a_place_is_refused() -> None:
    with pytest.raises(StageError, match=r"page\.md has no place for b"):
        fill("nothing here", {"b": "text"}, PAGE)


def test_the_pages_get_the_texts_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for page, sources in PAGES.items():
        marks = [f"<!-- {name} -->\nNot run yet.\n<!-- /{name} -->\n" for name in sources]
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("".join(marks), encoding="utf-8")
    with pytest.raises(StageError, match="studies/plots has no texts; make them with: dvc repro"):
        fill_pages()

    (tmp_path / "studies/plots").mkdir()
    (tmp_path / "studies/plots/text.md").write_text("| 1/16 |\n", encoding="utf-8")
    (tmp_path / "studies/results").mkdir()
    tuned = "| 500 |\n\nWhat was taken:\n\n| 0 |\n"
    (tmp_path / "studies/results/tuned.md").write_text(tuned, encoding="utf-8")
    fill_pages()

    of_studies = Path("studies/README.md").read_text(encoding="utf-8")
    assert "<!-- text -->\n| 1/16 |\n<!-- /text -->" in of_studies
    assert "<!-- epochs -->\nNot run yet.\n<!-- /epochs -->" in of_studies
    assert "<!-- tuned -->\n| 500 |\n<!-- /tuned -->" in Path("docs/results.md").read_text("utf-8")
