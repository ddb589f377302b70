from stages.report.summary import markdown
from tests.report.synthetic import params, tables


def test_a_line_for_each_number_of_labels_with_intervals() -> None:
    lines = markdown(tables(), params(), "made-up text").splitlines()
    # t(0.975, 2) * 0.1 / sqrt(3) = 0.248
    assert lines[2] == "| 100 | 87.10 ± 0.25 | 81.10 ± 0.25 | +6.00 ± 0.00 | 80.10 ± 0.25 |"
    assert lines[3].startswith("| 400 | 86.10 ± 0.25 | 84.10 ± 0.25 | +2.00")
    assert "3 seeds" in lines[5] and "made-up text" in lines[5]
