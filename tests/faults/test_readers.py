"""Readers and whatever may be in a file: our error or a right answer, soon and in little memory."""

import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages.console import StageError
from tests.faults.readers import READERS, Reader, remove_all, seal, write_whole_files
from tests.faults.tally import survived, times

FEW, MANY = 40, times(10_000)
SECONDS, MEGABYTES = 2.0, 200.0
# What is put in the place of a number or a text.
EXTREMES = [
    *(b"-1", b"0", b"2147483648", b"9223372036854775808", b"1e400", b"-0.0", b"NaN", b"nan"),
    *(b"null", b"true", b"{}", b"[]", b'""', b"\x00", b"\xff", b"\r", b"\n", b"\t", b",", b'"'),
    *(
        b"'<O8'",
        b"'|V0'",
        b"(0,)",
        b"[" * 3000,
        b"9" * 5000,
        b"\xed\xa0\x80",
        b"2026-13-45",
        b"!!x",
    ),
]
TOKEN = re.compile(rb"[\w.+-]+")
EDITS = ("flip", "cut", "drop", "insert", "replace", "repeat", "exchange")
Edit = tuple[str, int, int, bytes]

PIECES = st.one_of(st.sampled_from(EXTREMES), st.binary(max_size=8))
EDIT = st.tuples(st.sampled_from(EDITS), st.integers(0, 4000), st.integers(0, 40), PIECES)


def edited(content: bytes, edit: Edit) -> bytes:
    """Return content with one thing done to it, at a place that is counted round."""
    kind, place, length, piece = edit
    at = place % (len(content) + 1)
    end = at + length
    if kind == "exchange":
        lines = content.split(b"\n")
        one, other = place % len(lines), length % len(lines)
        lines[one], lines[other] = lines[other], lines[one]
        return b"\n".join(lines)
    if kind == "replace":
        found = [token.span() for token in TOKEN.finditer(content)] or [(at, at)]
        at, end = found[place % len(found)]
    middle = {
        "flip": bytes(byte ^ 1 << length % 8 for byte in content[at : at + 1]),
        "cut": b"",
        "drop": b"",
        "insert": piece,
        "replace": piece,
        "repeat": content[at:end] * 2,
    }[kind]
    after = {"flip": at + 1, "cut": len(content), "insert": at}.get(kind, end)
    return content[:at] + middle + content[after:]


def contents(whole: bytes) -> st.SearchStrategy[bytes]:
    """Strategy of a file's content: mostly the whole one with a few things done to it."""

    def all_done(edits: list[Edit]) -> bytes:
        content = whole
        for edit in edits:
            content = edited(content, edit)
        return content

    return st.one_of(
        st.lists(EDIT, min_size=1, max_size=4).map(all_done),
        st.lists(EDIT, min_size=1, max_size=2).map(all_done),
        st.one_of(st.binary(max_size=300), st.sampled_from(EXTREMES)),
    )


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    write_whole_files()
    yield
    remove_all()


@pytest.mark.usefixtures("own_folder")
@pytest.mark.parametrize(
    "cases",
    [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.faults)],
)
@pytest.mark.parametrize("reader", READERS, ids=[reader.name for reader in READERS])
def test_whatever_is_in_the_file(reader: Reader, cases: int) -> None:
    whole = reader.path.read_bytes()
    reader.path.with_name("whole").write_bytes(whole)  # for a checkpoint to be compared with
    seal(reader.path)
    reader.read()  # as it was written, it is read
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0

    def check(content: bytes) -> None:
        nonlocal slowest
        reader.path.write_bytes(content)
        if reader.path.name != "sha256.txt":
            seal(reader.path)
        began = time.perf_counter()
        try:
            reader.read()
        except StageError as error:
            assert str(error).strip()
            assert "\n" not in str(error).strip()
        slowest = max(slowest, time.perf_counter() - began)

    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    given(contents(whole))(settings(max_examples=cases, suppress_health_check=quiet)(check))()
    assert slowest < SECONDS
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MEGABYTES
    if cases == MANY:
        survived("Readers", "cases", cases)
