"""Room for the libraries alone, or nothing runs: where they find none, some end without a reason.

LLVM and OpenBLAS end the program themselves, which no stage could turn into a sentence.
"""

import resource
import sys

LEAST_ADDRESSES = 2 * 10**9  # bytes


def require_addresses() -> None:
    """End the program if less may be addressed than the libraries take."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_ADDRESSES:
        sys.exit(
            f"stages: there is not enough memory: a limit (ulimit -v) leaves {limit / 1e9:.1f} GB "
            f"of addresses, but libraries alone need {LEAST_ADDRESSES / 1e9:.0f}; raise it "
            "(ulimit -v unlimited) and run again."
        )


if sys.argv[:1] == ["-m"]:  # as in ``alone.py``
    require_addresses()
