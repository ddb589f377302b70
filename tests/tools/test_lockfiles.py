"""A lock that a kill left empty or cut is found, and the last whole one is put in its place."""

import errno
import fcntl
import os
from pathlib import Path

import pytest
from dvc.lock import make_lock

from stages.core.console import StageError
from tests.support import REPOSITORY
from tools.lockfiles import KEPT, LOCKS, is_whole, main, mend

LOCK = Path("dvc.lock")
WHOLE = (REPOSITORY / LOCK).read_bytes()


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    LOCK.write_bytes(WHOLE)


def test_the_committed_locks_are_whole() -> None:
    assert all(is_whole(REPOSITORY / lock) for lock in LOCKS)


# DVC flushes by the block, so a cut is anywhere in a line: here in a hash, a key, after a colon.
INSIDE = ((b"md5: ", 9), (b"outs", 2), (b"deps:", 5))
CUTS = [0, 1, 8192, *(WHOLE.index(word) + further for word, further in INSIDE)]


@pytest.mark.parametrize("size", CUTS)
def test_a_cut_lock_is_replaced_by_the_last_whole_one(
    size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    main()
    assert (KEPT / LOCK).read_bytes() == WHOLE and capsys.readouterr().out == ""
    LOCK.write_bytes(WHOLE[:size])
    main()
    assert LOCK.read_bytes() == WHOLE
    assert capsys.readouterr().out == (
        "lockfiles: dvc.lock was damaged, as by a kill; the last whole one is back\n"
    )


def test_without_any_whole_one_it_is_left_and_told() -> None:
    LOCK.write_bytes(b"")
    with pytest.raises(StageError, match=r"^dvc\.lock is damaged and there is no whole one"):
        mend(LOCK)
    assert LOCK.read_bytes() == b""


def test_a_merge_conflict_is_left_to_the_user() -> None:
    main()
    conflict = WHOLE + b"<<<<<<< HEAD\n=======\n>>>>>>> other\n"
    LOCK.write_bytes(conflict)
    with pytest.raises(StageError, match="marks of a merge conflict"):
        mend(LOCK)
    assert LOCK.read_bytes() == conflict


def test_a_project_that_was_never_run_has_none_to_mend() -> None:
    LOCK.unlink()
    main()
    assert not LOCK.exists() and not (KEPT / LOCK).exists()


def test_what_another_dvc_is_writing_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    LOCK.write_bytes(b"")
    with make_lock(str(KEPT.with_name("lock"))):
        main()
    assert LOCK.read_bytes() == b""
    assert "another DVC is running" in capsys.readouterr().out


def test_where_no_file_can_be_locked_no_other_dvc_is_blamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_handle: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StageError, match="file system without locks"):
        main()
