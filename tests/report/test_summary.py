import math
from dataclasses import replace
from pathlib import Path

from stages.report import summary
from stages.report.findings import find
from stages.report.pictures import all_pictures
from stages.report.style import Drawn
from stages.report.summary import markdown
from tests.report.synthetic import findings, one_run, params, remeasured, tables


def test_a_line_for_each_number_of_labels_with_intervals() -> None:
    answer = markdown(findings(), params(), "made-up text")["answer"].splitlines()
    assert answer[0].startswith(
        "Starting the classifier from SGNS vectors is worth +6.0 accuracy points with 100 labels, "
        "and +2.0 with 400."
    )
    lines = answer[2:]
    # t(0.975, 2) * 0.1 / sqrt(3) = 0.248
    accuracies = "| 100 | 87.10 ± 0.25 | 81.10 ± 0.25 | 80.10 ± 0.25 "
    assert lines[2] == f"{accuracies}| +6.00 ± 0.00 | +7.00 ± 0.00 | over 400 |"
    assert lines[3].startswith("| 400 | 86.10 ± 0.25 | 84.10 ± 0.25 |")
    assert "3 runs" in lines[5] and "made-up text" in lines[5]


def test_labels_needed_are_rounded_and_bounded() -> None:
    def shown(*bounds: float) -> str:
        return summary.labels_needed(bounds, 500, 25000)

    assert shown(1234, 996, math.inf) == "1,230 (996 to over 25,000)"
    assert shown(math.inf, math.inf, math.inf) == "over 25,000"
    assert shown(512.3, math.nan, math.nan) == "512"
    assert shown(0, 0, 730) == "under 500 (under 500 to 730)"


def test_a_word2vec_that_does_not_help_has_no_headline_of_labels() -> None:
    every = tables()
    worse = every.results.copy()
    worse.loc[worse["method"] == "word2vec", "test_accuracy"] -= 0.1
    found = find(remeasured(replace(every, results=worse)), params())
    first, usual = summary.headline(found)
    assert "-4.0 accuracy points with 100 labels" in first and "usual" in usual


def test_one_run_has_dashes_in_the_place_of_intervals() -> None:
    text = "".join(markdown(one_run(), params(), "x").values())
    assert "nan" not in text and "| inconclusive |" in text


def test_an_effect_of_zero_has_no_sign_of_rounding() -> None:
    table = findings().claims.assign(estimate=-1e-16, ci_low=-1e-16)
    for row in summary.claims(table).rows:
        assert row[3] == "+0.000" and row[5].startswith("+0.000 to")


def test_unknown_words_are_told_for_each_vocabulary() -> None:
    every = tables()
    results = every.results.copy()
    results.loc[results["method"] == "in-domain", "unknown_share"] = 0.023
    found = find(replace(every, results=results), params())
    text = markdown(found, params(), "x")["evidence"]
    assert "word2vec and vanilla 10.0 / 10.0; TF-IDF 10.0 / 10.0; in-domain 2.3 / 2.3" in text


def test_budgets_beyond_the_pool_count_once(tmp_path: Path) -> None:
    """A pool of 100 rows: the budget of 400 repeats the runs of the budget of 100."""
    every = tables()
    results, columns = every.results.copy(), ["n_labels", "test_accuracy"]
    at_100 = results.loc[results["budget"] == 100, columns].to_numpy()
    results.loc[results["budget"] == 400, columns] = at_100
    short = find(remeasured(replace(every, results=results)), params())
    for text, number in zip(markdown(short, params(), "x").values(), (1, 4), strict=True):
        assert text.count("\n| 100 |") == number and "| 400 |" not in text
    assert short.series["labels"]["n_labels"].tolist() == [100]
    for picture in all_pictures(short, params(), "made-up text"):
        Drawn.of(picture.figure).save(tmp_path, picture.name)
