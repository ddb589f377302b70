"""What comes from outside, whatever is in it: our error or a right answer, soon, in little memory.

That is a user's own vectors, texts and tables, and ``params.yaml``. Files of the pipeline's own are
compared with their seals instead.
"""

import json
import re
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages.check.whole import load_params
from stages.core.console import StageError
from stages.download import local
from stages.download.sources import labelled_text, plain_text
from stages.vectors.tokens import Vocabulary, read_vocabulary, write_vocabulary
from stages.vectors.vectors import WordVectors, read_vectors, sampling_of, write_vectors
from tests.download.corpus import write_files
from tests.faults.tally import survived, times
from tests.support import make_params, write_params

OWN = Path("own")
FEW, MANY = 40, times(10_000)
SECONDS, MEGABYTES = 2.0, 200.0
# What is put in the place of a number or a text.
EXTREMES = [
    *(b"-1", b"0", b"2147483648", b"9223372036854775808", b"1e400", b"-0.0", b"nan", b"9" * 5000),
    *(b"null", b"true", b"{}", b"[]", b'""', b"\x00", b"\xff", b"\r", b"\n", b"\t", b",", b'"'),
    *(b"F64", b"BF16", b"[" * 3000, b"\xed\xa0\x80", b"2026-13-45", b"!!x"),
]
TOKEN = re.compile(rb"[\w.+-]+")
Edit = tuple[int, int | None, bytes]  # where, how much (None: a number or a word), what instead

PIECES = st.one_of(st.sampled_from(EXTREMES), st.binary(max_size=8))
EDIT = st.tuples(st.integers(0, 4000), st.sampled_from([None, 0, 1, 9, 40, 4000]), PIECES)


def edited(content: bytes, edits: list[Edit]) -> bytes:
    """Return content with a few things done to it, at places that are counted round."""
    for place, length, piece in edits:
        at = place % (len(content) + 1)
        end = at + (length or 0)
        tokens = [found.span() for found in TOKEN.finditer(content)]
        if length is None and tokens:
            at, end = tokens[place % len(tokens)]
        content = content[:at] + piece + content[end:]
    return content


def contents(whole: bytes) -> st.SearchStrategy[bytes]:
    """Strategy of a file's content: mostly the whole one with a few things done to it."""
    changed = st.lists(EDIT, min_size=1, max_size=4).map(lambda edits: edited(whole, edits))
    return st.one_of(changed, changed, st.binary(max_size=300), st.sampled_from(EXTREMES))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a user may bring, whole."""
    monkeypatch.chdir(tmp_path)
    about = {"R": "5", "K": "1", "corpus": "pretrain", "subsample": "0.001"}
    about |= {"noise_power": "0.75", "dynamic_radius": "True"}
    numbers = np.arange(6, dtype=np.float32).reshape(3, 2)
    write_vectors(OWN, WordVectors(numbers, numbers + 1, about))
    write_vocabulary(OWN, Vocabulary(("<unk>", "a", "b"), np.array([0, 2, 1], np.int64)))
    rows = [{"text": "a row"}, {"text": "another"}]
    train = 'label,text,group\nx,"one, two",1\ny,three,2\n'
    write_files(OWN / "labels", {"train.csv": train, "test.csv": "label,text,group\ny,four,1\n"})
    write_files(OWN / "text", {f"{split}.txt": "a row\nanother\n" for split in ("train", "valid")})
    write_files(OWN / "lines", {"train.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    (OWN / "table").mkdir()
    pd.DataFrame(rows).to_parquet(OWN / "table/train.parquet")
    write_params(Path())


def vectors_read() -> None:
    """Read vectors, their words and how they were made."""
    found, words = read_vectors(OWN), read_vocabulary(OWN)
    sampling_of(OWN, found)
    assert found.centre.shape == found.context.shape
    assert np.isfinite(found.centre).all()
    assert np.isfinite(found.context).all()
    assert len(set(words.words)) == len(words) == len(words.counts) == len(found.centre)
    assert (words.counts >= 0).all()


def labels_read() -> None:
    """Read all labelled rows, whose labels are the classes."""
    given = make_params().data.downstream
    splits = local.splits_of(OWN / "labels", given.splits.model_dump())
    assert labelled_text(given, splits, None, published=False).tallies


def text_read(folder: Path) -> None:
    """Read all rows of a text."""
    given = make_params().data.pretrain
    assert plain_text(given, local.splits_of(folder, given.splits.model_dump())).tallies


READERS: dict[str, Callable[[], object]] = {
    "own/vectors.safetensors": vectors_read,
    "own/vocabulary.tsv": vectors_read,
    "own/labels/train.csv": labels_read,
    "own/labels/test.csv": labels_read,
    "own/lines/train.jsonl": partial(text_read, OWN / "lines"),
    "own/table/train.parquet": partial(text_read, OWN / "table"),
    "own/text/train.txt": partial(text_read, OWN / "text"),
    "params.yaml": load_params,
}


@pytest.mark.parametrize(
    "cases",
    [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.faults)],
)
@pytest.mark.parametrize("name", READERS)
def test_whatever_is_in_the_file(name: str, cases: int) -> None:
    path, read = Path(name), READERS[name]
    read()  # as it was written, it is read
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0

    def check(content: bytes) -> None:
        nonlocal slowest
        path.write_bytes(content)
        began = time.perf_counter()
        try:
            read()
        except StageError as error:
            assert str(error).strip()
            assert "\n" not in str(error).strip()
        slowest = max(slowest, time.perf_counter() - began)

    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    changed = contents(path.read_bytes())
    given(changed)(settings(max_examples=cases, suppress_health_check=quiet)(check))()
    assert slowest < SECONDS
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MEGABYTES
    if cases == MANY:
        survived("Readers", "cases", cases)
