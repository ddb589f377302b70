"""Numbers as the page holds them: whole, from 0, in digits of base 64."""

import numpy as np
import numpy.typing as npt

from stages.core.arrays import FloatArray, LongArray

Steps = npt.NDArray[np.float64]
# As in "base64url": no letter of it means anything to HTML, JSON or an address.
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_CODES = np.frombuffer(DIGITS.encode("ascii"), np.uint8)


def in_steps(values: FloatArray, bits: int) -> tuple[LongArray, Steps, Steps]:
    """Return values, (n, k), as counts of steps above the lowest of each column.

    Returns:
        counts, (n, k), below 2 ** bits; lowest and step, (k,) each: lowest + step * count is no
        more than half a step from the value. What is not finite counts as 0 or as very large.
    """
    finite = np.nan_to_num(values.astype(np.float64))
    lowest = finite.min(0)
    step = (finite.max(0) - lowest) / (2**bits - 1)
    step[step == 0] = 1
    return np.rint((finite - lowest) / step).astype(np.int64), lowest, step


def in_digits(counts: LongArray, places: int) -> str:
    """Return counts, row by row, in so many digits each, the highest first."""
    shifts = 6 * np.arange(places - 1, -1, -1)
    codes = _CODES[(counts.reshape(-1, 1) >> shifts) & 63]
    return str(codes.tobytes(), "ascii")
