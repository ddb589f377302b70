"""What the change from words to subwords is worth: told of runs with known answers."""

import pytest

from stages.report.crossed import ByRow
from stages.results.classifiers import METHOD, N_LABELS
from stages.results.methods import VANILLA, WORD2VEC
from studies.findings import ARM, DIFFERENCE, by_tokens
from studies.params import load_studies
from studies.runs import IN_DOMAIN, SUBWORDS, TOKENS, VECTORS, WORDS, Runs
from studies.telling import subwords
from tests.studies.made_up import SIZES, runs_of_task


def runs() -> Runs:
    """Subwords help both arms: word2vec by 2 points, vanilla by 1."""
    kinds = {WORDS: {}, SUBWORDS: {WORD2VEC: 0.86, VANILLA: 0.81}}
    parts = []
    for tokens, changes in kinds.items():
        of = runs_of_task(changes=changes)
        is_arm = of.lines[METHOD].isin([WORD2VEC, VANILLA]) & (of.lines[VECTORS] != IN_DOMAIN)
        some = of.where(is_arm & ~((of.lines["R"] == 2) | (of.lines["K"] == 5)).fillna(value=False))
        parts.append(Runs(some.lines.assign(**{TOKENS: tokens}), some.correct))
    return Runs.joined(parts)


@pytest.mark.parametrize(("arm", "points"), [(WORD2VEC, 2), (VANILLA, 1)])
def test_the_difference_is_that_of_the_means_and_paired(arm: str, points: float) -> None:
    found = by_tokens(runs())
    own = found[(found[ARM] == arm) & (found[TOKENS] == DIFFERENCE)]
    assert list(own[N_LABELS]) == list(SIZES)
    assert own["mean"].tolist() == pytest.approx([points] * len(SIZES))
    lines = runs().lines
    one = lines[(lines[METHOD] == arm) & (lines[TOKENS] == WORDS) & (lines[N_LABELS] == SIZES[0])]
    alone = ByRow.of(one, runs().correct).interval()
    assert (own["high"] - own["low"]).iloc[0] < 100 * (alone.high - alone.low)


def test_the_table_has_a_row_a_number_of_labels() -> None:
    section = subwords(by_tokens(runs()), load_studies())
    assert [row[0] for row in section.rows] == [str(size) for size in SIZES]
    assert all(row[5].startswith("+2.00") and row[6].startswith("+1.00") for row in section.rows)
    assert "10.00 % of words, 10.00 % of subwords" in section.note
