"""Every file that passes between stages: its name, its format, reading and writing it.

Writing is atomic: a file or folder is built under a temporary name beside its target and
renamed when complete, so a kill or a full disk leaves the old version or none. No pickle.

Ids: 0 is ``<unk>``. Each corpus has ids of its own, 1.. by falling count. In the labelled rows
the ids are those of the corpus ``pretrain``, and above them those of the words that only the
labelled text has; from one to another one goes by the words themselves.
"""

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stages.console import StageError

UNKNOWN = "<unk>"
UNKNOWN_ID = 0

RAW = Path("data/raw")
TOKENS = Path("data/tokens")
MANIFEST = RAW / "manifest.json"
STATISTICS = TOKENS / "statistics.json"
LABELLED = TOKENS / "labelled"
SGNS = Path("models/sgns")
SGNS_MAIN = SGNS / "main"
SGNS_GRID = SGNS / "grid"
SGNS_VARIANT = SGNS / "variant"
CLASSIFY = Path("models/classify")
PLOTS = Path("plots")

PRETRAIN_SPLITS = ("train", "valid", "test")
DOWNSTREAM_SPLITS = ("train", "validation", "test")

IntArray = npt.NDArray[np.int32]
LongArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]

# csv's own limit of 131,072 characters a field is less than a long article.
csv.field_size_limit(2**31 - 1)


# --- atomic writing -----------------------------------------------------------------------


@contextmanager
def output_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; on success it takes the place of ``target`` whole."""
    partial = target.with_name(f".{target.name}.partial")
    replaced = target.with_name(f".{target.name}.replaced.partial")
    for left_by_a_kill in (partial, replaced):
        shutil.rmtree(left_by_a_kill, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if target.exists():
            target.rename(replaced)  # a kill while deleting in place would leave half of it
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(replaced, ignore_errors=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` so that ``path`` is at every moment absent, old or complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write indented JSON atomically."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table with one header line atomically; floats in their shortest exact form."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


# --- reading ------------------------------------------------------------------------------


def require(path: Path, made_by: str) -> Path:
    """Return ``path``, or raise a StageError that names the stage which makes it."""
    if not path.exists():
        raise StageError(f"{path} is missing; make it with: dvc repro {made_by}")
    return path


def read_lines(path: Path, made_by: str) -> list[str]:
    """Return the lines of a text file of ours, each of which ends in a newline."""
    try:
        # As bytes: reading as text would make line ends of carriage returns.
        *lines, rest = require(path, made_by).read_bytes().decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise damaged(path, made_by) from None
    if rest:
        raise damaged(path, made_by)
    return lines


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """Read a JSON object; raises StageError if it is missing or damaged."""
    try:
        content = json.loads(require(path, made_by).read_text(encoding="utf-8"))
    except ValueError:
        raise damaged(path, made_by) from None
    if not isinstance(content, dict):
        raise damaged(path, made_by)
    return content


def damaged(path: Path, made_by: str) -> StageError:
    """Return the error for a file of ours that does not hold what we wrote."""
    return StageError(f"{path} is damaged; make it again with: dvc repro {made_by}")


def sha256(content: bytes | memoryview) -> str:
    """Return the hexadecimal SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()


# --- raw text -----------------------------------------------------------------------------


@dataclass(frozen=True)
class LabelledRow:
    """One labelled example; rows of one group never fall on both sides of a split."""

    label: int
    text: str
    group: int


def write_raw_text(folder: Path, split: str, rows: Iterable[str]) -> None:
    """Write a pre-training split, one row a line."""
    write_text(folder / f"{split}.txt", "".join(f"{row}\n" for row in rows))


def read_raw_text(split: str) -> list[str] | None:
    """Return the rows of a pre-training split, or None where the source has no such split."""
    path = RAW / "pretrain" / f"{split}.txt"
    return read_lines(path, "download") if path.exists() else None


def write_raw_labelled(folder: Path, split: str, rows: Iterable[LabelledRow]) -> None:
    """Write a labelled split as CSV ``label,text,group``."""
    columns = ("label", "text", "group")
    table = ((row.label, row.text, row.group) for row in rows)
    write_csv(folder / f"{split}.csv", columns, table)


def read_raw_labelled(split: str) -> list[LabelledRow]:
    """Return the rows of a labelled split written by ``write_raw_labelled``."""
    path = require(RAW / "downstream" / f"{split}.csv", "download")
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.reader(file)
        try:
            next(table, None)
            return [LabelledRow(int(label), text, int(group)) for label, text, group in table]
        except (ValueError, csv.Error):
            raise damaged(path, "download") from None


def write_classes(folder: Path, classes: Sequence[str]) -> None:
    """Write the class names, in the order of their labels."""
    write_json(folder / "classes.json", {"classes": list(classes)})


def read_classes(folder: Path, made_by: str) -> list[str]:
    """Return the class names, in the order of their labels."""
    path = folder / "classes.json"
    classes = read_json(path, made_by).get("classes")
    if not isinstance(classes, list):
        raise damaged(path, made_by)
    return [str(name) for name in classes]


# --- tokens -------------------------------------------------------------------------------


@dataclass(frozen=True)
class TokenRows:
    """Rows of token ids, stored end to end.

    tokens: (N,) ids. offsets: (rows + 1,); row i is ``tokens[offsets[i]:offsets[i + 1]]``.
    """

    tokens: IntArray
    offsets: LongArray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> LongArray:
        """Tokens of each row, (rows,)."""
        return np.diff(self.offsets)

    @classmethod
    def from_lists(cls, rows: Sequence[Sequence[int]]) -> "TokenRows":
        """Join rows of ids."""
        lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        tokens = np.fromiter((i for row in rows for i in row), np.int32, int(offsets[-1]))
        return cls(tokens, offsets)

    def take(self, rows: LongArray) -> "TokenRows":
        """Return the rows with these numbers, in this order."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        return TokenRows(self.tokens[np.repeat(self.offsets[rows], lengths) + within], offsets)


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write one array in NumPy's format, without pickle."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_bytes(path, buffer.getvalue())


def read_array(path: Path, made_by: str) -> npt.NDArray[Any]:
    """Map one array into memory, read-only; raises StageError if missing or damaged."""
    try:
        array: npt.NDArray[Any] = np.load(require(path, made_by), mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError):
        raise damaged(path, made_by) from None
    return array


def write_token_rows(folder: Path, split: str, rows: TokenRows) -> None:
    """Write one split's tokens and row offsets."""
    write_array(folder / f"{split}.tokens.npy", rows.tokens)
    write_array(folder / f"{split}.offsets.npy", rows.offsets)


def read_token_rows(folder: Path, split: str) -> TokenRows:
    """Map one split's rows into memory; raises StageError if missing or damaged."""
    tokens = read_array(folder / f"{split}.tokens.npy", "tokenize")
    offsets = read_array(folder / f"{split}.offsets.npy", "tokenize")
    if len(offsets) == 0 or offsets[-1] != len(tokens):
        raise damaged(folder / f"{split}.offsets.npy", "tokenize")
    return TokenRows(tokens, offsets)


@dataclass(frozen=True)
class Labelled:
    """Labelled examples: token rows and their labels, (rows,)."""

    rows: TokenRows
    labels: LongArray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: LongArray) -> "Labelled":
        """Return the examples with these numbers, in this order."""
        return Labelled(self.rows.take(rows), self.labels[rows])


def write_labelled(folder: Path, split: str, examples: Labelled) -> None:
    """Write one labelled split's ids."""
    write_token_rows(folder, split, examples.rows)
    write_array(folder / f"{split}.labels.npy", examples.labels)


def read_labelled(split: str) -> Labelled:
    """Map one labelled split into memory."""
    labels = read_array(LABELLED / f"{split}.labels.npy", "tokenize")
    return Labelled(read_token_rows(LABELLED, split), labels)


@dataclass(frozen=True)
class Vocabulary:
    """Words and how often each occurs in the text that the vocabulary was made from.

    words: V words, the first of them ``<unk>``. counts: (V,).
    """

    words: tuple[str, ...]
    counts: LongArray

    def __len__(self) -> int:
        return len(self.words)

    def ids(self) -> dict[str, int]:
        """Return the id of each word."""
        return {word: i for i, word in enumerate(self.words)}

    def text(self) -> str:
        """Return the vocabulary as it is stored: a line a word, with its count."""
        return "".join(f"{w}\t{c}\n" for w, c in zip(self.words, self.counts, strict=True))

    def words_sha256(self) -> str:
        """Return the SHA-256 of the words, each followed by a newline."""
        return sha256("".join(f"{word}\n" for word in self.words).encode("utf-8"))


def write_vocabulary(folder: Path, vocabulary: Vocabulary) -> None:
    """Write ``vocabulary.tsv``."""
    write_text(folder / "vocabulary.tsv", vocabulary.text())


def read_vocabulary(folder: Path, made_by: str) -> Vocabulary:
    """Read the ``vocabulary.tsv`` of a folder of tokens or of vectors."""
    path = folder / "vocabulary.tsv"
    pairs = [line.split("\t") for line in read_lines(path, made_by)]
    try:
        counts = np.array([int(count) for _, count in pairs], np.int64)
    except ValueError:
        raise damaged(path, made_by) from None
    return Vocabulary(tuple(word for word, _ in pairs), counts)


# --- word vectors -------------------------------------------------------------------------


@dataclass(frozen=True)
class WordVectors:
    """What SGNS learned: centre (V, d) and context (V, d) vectors, and how they were made."""

    centre: FloatArray
    context: FloatArray
    about: dict[str, str]


def write_vectors(folder: Path, vectors: WordVectors) -> str:
    """Write ``vectors.safetensors`` into a new folder; return the SHA-256 of the file."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {"centre": vectors.centre, "context": vectors.context}
    path = folder / "vectors.safetensors"
    # One key, because safetensors writes several in an order that changes from run to run.
    about = {"about": json.dumps(vectors.about, sort_keys=True)}
    save_file({key: np.ascontiguousarray(t) for key, t in tensors.items()}, path, metadata=about)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def maker_of_vectors(folder: Path) -> str:
    """Return the stage that makes this folder of vectors; raises StageError if none does."""
    around = (folder, *folder.parents)
    makers = {SGNS_MAIN: "sgns", SGNS_GRID: "sgns-grid", SGNS_VARIANT: "sgns-variant"}
    for made, stage in makers.items():
        if made in around:
            return stage
    if folder.is_dir():  # of the user's own
        return "sgns"
    raise StageError(f"{folder} is no folder; vectors are in {SGNS_MAIN}, {SGNS_GRID}/R5-K1, ...")


def model_folder(folder: Path, run: int) -> Path:
    """Return the folder of one of the models of an (R, K): the first has the folder itself."""
    return folder / f"seed-{run}" if run else folder


def model_folders(folder: Path) -> list[Path]:
    """Return the folders of all models of an (R, K), by seed; raises StageError without any."""
    find_vectors(folder)
    return [model_folder(folder, run) for run in range(1 + len(list(folder.glob("seed-*"))))]


def find_vectors(folder: Path) -> Path:
    """Return the file with a folder's vectors; raises StageError if it is missing."""
    return require(folder / "vectors.safetensors", maker_of_vectors(folder))


def read_vectors(folder: Path) -> WordVectors:
    """Read ``vectors.safetensors``; raises StageError if missing or damaged."""
    from safetensors import SafetensorError, safe_open

    path = find_vectors(folder)
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["about"])
            return WordVectors(file.get_tensor("centre"), file.get_tensor("context"), about)
    except (SafetensorError, KeyError, ValueError):
        raise damaged(path, maker_of_vectors(folder)) from None
