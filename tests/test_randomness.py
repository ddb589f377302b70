import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.classify import streams as of_classify
from stages.core.randomness import stream
from stages.sgns import streams as of_sgns

NAMES = [
    name for module in (of_classify, of_sgns) for key, name in vars(module).items() if key.isupper()
]
NUMBERS = st.lists(st.integers(0, 2**32 - 1), max_size=4).map(tuple)


def test_no_two_streams_of_a_run_or_model_share_their_first_values() -> None:
    numbers = [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (2**31,), (2**32 - 1,)]
    keys = [(name, seed, *rest) for name in NAMES for seed in (0, 1) for rest in numbers]
    assert len(NAMES) == len(set(NAMES)) == 10
    first = {stream(*key).random() for key in keys}
    assert len(first) == len(keys)


@given(one=NUMBERS, other=NUMBERS)
def test_streams_are_the_same_if_and_only_if_their_numbers_are(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    draws = [stream("name", 7, *numbers).integers(2**63, size=2) for numbers in (one, other)]
    assert np.array_equal(draws[0], draws[1]) == (one == other)


def test_streams_are_what_they_were() -> None:
    """Results depend on these: a changed value is a changed experiment."""
    assert stream("classify.subset", 0, 0).integers(1000, size=3).tolist() == [902, 202, 910]


def test_a_number_that_would_be_two_is_refused() -> None:
    with pytest.raises(ValueError, match=r"below 2\*\*32"):
        stream("name", 0, 2**32)


def test_a_letter_of_the_name_is_not_taken_for_a_number() -> None:
    assert stream("ab", 0).random() != stream("a", 0, ord("b")).random()
