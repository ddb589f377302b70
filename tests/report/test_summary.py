from dataclasses import replace
from pathlib import Path

from stages.report.figures import all_figures
from stages.report.series import all_series
from stages.report.style import save
from stages.report.summary import markdown
from tests.report.synthetic import params, tables


def test_a_line_for_each_number_of_labels_with_intervals() -> None:
    lines = markdown(tables(), params(), "made-up text").splitlines()
    # t(0.975, 2) * 0.1 / sqrt(3) = 0.248
    assert lines[2] == "| 100 | 87.10 ± 0.25 | 81.10 ± 0.25 | +6.00 ± 0.00 | 80.10 ± 0.25 |"
    assert lines[3].startswith("| 400 | 86.10 ± 0.25 | 84.10 ± 0.25 | +2.00")
    assert "3 seeds" in lines[5] and "made-up text" in lines[5]


def test_budgets_beyond_the_pool_count_once(tmp_path: Path) -> None:
    """A pool of 100 rows: the budget of 400 repeats the runs of the budget of 100."""
    every = tables()
    at_100 = every.results[every.results["budget"] == 100]
    results = every.results.copy()
    results.loc[results["budget"] == 400, "n_labels"] = 100
    score = "test_accuracy"
    results.loc[results["budget"] == 400, score] = at_100[score].to_numpy()
    short = replace(every, results=results)
    rows = [line for line in markdown(short, params(), "x").splitlines() if "| 100 |" in line[:7]]
    assert len(rows) == 2 and "| 400 |" not in markdown(short, params(), "x")
    assert all_series(short, params())["labels"]["n_labels"].tolist() == [100]
    for name, figure in all_figures(short, params(), "made-up text").items():
        save(figure, tmp_path / f"{name}.png")
