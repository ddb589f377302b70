import numpy as np
import pytest

from stages.explore.numbers import DIGITS, in_digits, in_steps


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_no_value_is_further_than_half_a_step(bits: int) -> None:
    values = np.random.default_rng(bits).normal(0, [1, 50, 0], (400, 3)).astype(np.float32)
    counts, lowest, step = in_steps(values, bits)
    assert counts.min() == 0 and counts.max() == 2**bits - 1
    assert (abs(lowest + step * counts - values) <= step * 0.5001).all()
    assert step[:2] == pytest.approx(np.ptp(values[:, :2], axis=0) / (2**bits - 1))


def test_digits_say_the_numbers_back() -> None:
    counts = np.array([[0, 1], [64, 2**18 - 1]])
    text = in_digits(counts, 3)
    values = [DIGITS.index(digit) for digit in text]
    read = [(a * 64 + b) * 64 + c for a, b, c in zip(*[iter(values)] * 3, strict=True)]
    assert read == counts.ravel().tolist()
