"""What all tests share."""

import os

# The tests' models are tiny, and their child processes many: threads would only wait in line.
os.environ.setdefault("OMP_NUM_THREADS", "1")
