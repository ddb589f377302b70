import json
from pathlib import Path

import pytest

from stages.core.console import StageError
from stages.report.show import CLAIMS, GAINS, LABELS, PLOTS, show_results
from tests.report.synthetic import findings
from tests.support import only_sentence, run_python


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    findings().write(tmp_path / PLOTS)
    return tmp_path


def test_results_and_verdicts_as_tabs_when_piped(folder: Path) -> None:
    done = run_python(folder, "-m", "stages.report", "show")
    results, claims = done.stdout.split("\n\n")
    rows = [line.split("\t") for line in results.splitlines()]
    assert rows[0] == ["labels", "word2vec", "vanilla", "tfidf", "gain, points", "95 % interval"]
    assert rows[1][:5] == ["100", "87.10", "81.10", "80.10", "+6.00"]
    verdicts = {line.split("\t")[1] for line in claims.splitlines()[1:]}
    assert verdicts <= {"supported", "contradicted", "inconclusive"}


def test_json_has_the_same(folder: Path) -> None:
    found = json.loads(run_python(folder, "-m", "stages.report", "show", "--json").stdout)
    assert [row["n_labels"] for row in found["results"]] == [100, 400]
    assert found["results"][0]["gain_points"] == pytest.approx(6)
    assert {"claim", "verdict", "estimate"} <= set(found["claims"][0])


@pytest.mark.parametrize("content", ["", "{}", "a,b\n1,2\n", "n_labels,series\nx,y\n", "\xff"])
@pytest.mark.parametrize("path", [LABELS, GAINS, CLAIMS])
def test_a_table_that_is_none_of_ours_is_named(
    path: Path, content: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    path.write_bytes(content.encode("latin-1"))
    for as_json in (False, True):
        with pytest.raises(StageError, match=f"^{path} is damaged"):
            show_results(as_json=as_json)


def test_without_results_the_sentence_says_what_makes_them(tmp_path: Path) -> None:
    done = run_python(tmp_path, "-m", "stages.report", "show")
    assert only_sentence(done, "report").endswith("make it with: dvc repro report")
