"""Code that is just compiled and code that is kept give the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import REPOSITORY

PROGRAM = """
import hashlib
from tests.classify.examples import SEED, params, trainee
from stages.classify.trainer import train
run, weights = train(trainee(texts=60), params(epochs=2), SEED, "cpu")
print(hashlib.sha256(repr(run).encode() + b"".join(map(bytes, weights))).hexdigest())
"""


@pytest.mark.slow
def test_the_first_process_trains_as_the_next(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM]
    first, second = (
        subprocess.run(
            command, check=True, cwd=REPOSITORY, env=environment, capture_output=True, text=True
        ).stdout.splitlines()
        for _ in range(2)
    )
    assert "compiling its loops" in first[0] and first[1:] == second
