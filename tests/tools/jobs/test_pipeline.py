"""What the runner knows of DVC: a lock file is written whole, whatever signal comes."""

import os
import signal
from pathlib import Path

import pytest
from dvc.dvcfile import Lockfile

from tests.tools.jobs.conftest import Toy
from tools.jobs.pipeline import Pipeline


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_lock_is_written(
    toy: Toy, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.run("dvc", "repro")
    (toy.root / "dvc.lock").unlink()  # so that DVC writes it anew, from its run cache
    monkeypatch.chdir(toy.root)
    pipeline, write = Pipeline(toy.root), Lockfile.dump_stages
    came: list[str] = []

    def interrupted(*arguments: object, **options: object) -> None:
        os.kill(os.getpid(), number)
        assert came == []
        write(*arguments, **options)

    monkeypatch.setattr(Lockfile, "dump_stages", interrupted)
    before = signal.signal(number, lambda *_: came.append(Path("dvc.lock").read_text("utf-8")))
    try:
        assert pipeline.settle("item@a")
    finally:
        signal.signal(number, before)
    assert len(came) == 1 and "item@a" in came[0]
